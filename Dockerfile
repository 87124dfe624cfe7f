# The sandbox: LocalStack with Faultline's plug-ins, and all that it needs to deploy the stack without a network.

FROM debian:trixie-slim AS python
# Certificates of authorities of one's own, such as a proxy's, as text; HTTPS_PROXY is an argument of every build.
ARG CA_CERTIFICATES=""
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates python3 \
    && if [ -n "$CA_CERTIFICATES" ]; then \
        printf '%s\n' "$CA_CERTIFICATES" >/usr/local/share/ca-certificates/own.crt && update-ca-certificates; fi \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*

# Both environments, as scripts/setup makes them, without the projects themselves: only another lock changes this
# layer, which is most of the image.
FROM python AS libraries
RUN apt-get update && apt-get install --yes --no-install-recommends python3-venv
WORKDIR /opt/libraries
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    UV_NO_CACHE=1 UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_SYSTEM_CERTS=1
COPY requirements/command.txt requirements/sandbox.txt requirements/
RUN python3 -m venv /opt/uv \
    && sed -n '/^uv==/,/[^\\]$/p' requirements/command.txt >/tmp/uv.txt \
    && /opt/uv/bin/pip install --quiet --no-deps --require-hashes -r /tmp/uv.txt
ENV PATH=/opt/uv/bin:$PATH
RUN uv venv --quiet .venv && uv pip sync --quiet --python .venv --require-hashes requirements/command.txt
RUN uv venv --quiet .sandbox-venv \
    && uv pip sync --quiet --python .sandbox-venv --require-hashes requirements/sandbox.txt
FROM libraries AS libraries-tests
COPY requirements/dev.txt requirements/
RUN uv pip install --quiet --python .venv --no-deps --require-hashes -r requirements/dev.txt

# The projects' names, entry points and commands: some small files over the libraries.
FROM libraries AS projects
COPY pyproject.toml LICENSE /opt/faultline/
COPY sandbox/pyproject.toml /opt/faultline/sandbox/
COPY requirements/sandbox.txt /opt/faultline/requirements/
RUN touch /opt/faultline/README.md \
    && uv pip install --quiet --python .venv --prefix /opt/projects/.venv \
        --no-deps --no-build-isolation --editable /opt/faultline \
    && uv pip install --quiet --python .sandbox-venv --prefix /opt/projects/.sandbox-venv \
        --no-deps --no-build-isolation --editable /opt/faultline/sandbox \
    && cp -a /opt/projects/. /opt/libraries/

FROM projects AS build
WORKDIR /opt/faultline
ENV FAULTLINE_SANDBOX_PYTHON=/opt/libraries/.sandbox-venv/bin/python
COPY requirements requirements
COPY README.md ./
COPY lambdas lambdas
COPY infra infra
COPY sandbox sandbox
COPY faultline faultline
COPY scripts scripts
RUN /opt/libraries/.venv/bin/python -m sandbox.container.prepare \
    && python3 -m compileall -qq lambdas infra sandbox faultline

FROM python AS base
RUN useradd --uid 10001 --no-create-home --home-dir /run/faultline faultline \
    && install --directory --owner faultline --mode 1777 /var/cache/faultline
WORKDIR /opt/faultline
ENV PATH=/opt/libraries/.venv/bin:$PATH \
    FAULTLINE_SANDBOX_PYTHON=/opt/libraries/.sandbox-venv/bin/python \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    # Commands run in the folder of a project, whose packages may have the names of ours.
    PYTHONSAFEPATH=1 \
    UV_NO_CACHE=1 UV_LINK_MODE=copy \
    # For any user, not only for this one: docker compose run --user
    HOME=/run/faultline \
    XDG_CACHE_HOME=/run/faultline/user-cache
USER faultline

# What stays the same when the code changes; everything that changes comes after it.
FROM base AS runtime
COPY --from=libraries /opt/libraries /opt/libraries

# `docker compose run --rm tests`: the end-to-end suite, against the service.
FROM base AS tests
USER root
RUN apt-get update \
    && apt-get install --yes --no-install-recommends curl \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*
USER faultline
COPY --from=libraries-tests /opt/libraries /opt/libraries
COPY --from=projects /opt/projects /opt/libraries
COPY --from=build /opt/faultline /opt/faultline
COPY tests tests
COPY docs docs
CMD ["sh", "-c", "faultline deploy --stage \"$STAGE\" && exec pytest tests/e2e -p no:cacheprovider --numprocesses 6"]

FROM runtime AS sandbox
COPY --from=projects /opt/projects /opt/libraries
COPY sandbox/container/ready.d /etc/localstack/init/ready.d
COPY --from=build /opt/faultline /opt/faultline
EXPOSE 4566 4580
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=120s --retries=1 \
    CMD ["/usr/bin/python3", "-I", "-S", "/opt/faultline/sandbox/container/health.py"]
CMD ["python", "-m", "sandbox.container.main"]
