# The sandbox: LocalStack with Faultline's plug-ins, and all that it needs to deploy the stack without a network.

FROM debian:trixie-slim AS python
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*

FROM python AS build
RUN apt-get update && apt-get install --yes --no-install-recommends python3-venv ca-certificates
WORKDIR /opt/faultline
COPY requirements/sandbox.txt requirements/lambda.txt requirements/
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python3 -m venv .venv && .venv/bin/pip install --quiet --no-deps --require-hashes \
       -r requirements/sandbox.txt -r requirements/lambda.txt
COPY pyproject.toml README.md LICENSE ./
COPY lambdas lambdas
COPY infra infra
COPY sandbox sandbox
COPY faultline faultline
COPY scripts scripts
RUN .venv/bin/pip install --quiet --no-deps --no-build-isolation --editable . \
    && .venv/bin/python -m sandbox.container.prepare \
    && .venv/bin/python -m compileall -qq lambdas infra sandbox faultline

FROM build AS build-tests
COPY requirements/dev.txt requirements/
RUN .venv/bin/pip install --quiet --no-deps --require-hashes -r requirements/dev.txt

FROM python AS runtime
RUN useradd --uid 10001 --no-create-home --home-dir /run/faultline faultline
COPY sandbox/container/ready.d /etc/localstack/init/ready.d
WORKDIR /opt/faultline
ENV PATH=/opt/faultline/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    XDG_CACHE_HOME=/run/faultline/user-cache
USER faultline

# `docker compose run --rm tests`: the end-to-end suite, against the service.
FROM runtime AS tests
USER root
RUN apt-get update \
    && apt-get install --yes --no-install-recommends curl \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*
USER faultline
COPY --from=build-tests /opt/faultline /opt/faultline
COPY tests tests
COPY docs docs
CMD ["sh", "-c", "faultline deploy --stage \"$STAGE\" && exec pytest tests/e2e -p no:cacheprovider --numprocesses 6"]

FROM runtime AS sandbox
COPY --from=build /opt/faultline /opt/faultline
EXPOSE 4566
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=120s --retries=1 \
    CMD ["/usr/bin/python3", "-I", "-S", "sandbox/container/health.py"]
CMD ["python", "-m", "sandbox.container.main"]
