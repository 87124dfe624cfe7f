"""Conditions that are joined by && and ||, in parentheses or not."""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Final

from sandbox.services.logs.filter_patterns.invalid import InvalidPattern
from sandbox.services.logs.filter_patterns.tokens import Token

PRECEDENCE: Final = {"(": 0, "||": 1, "&&": 2}
REGEX_MAX = 2
REGEX_TOO_MANY = f"Your input has exceeded the maximum of {REGEX_MAX} regular expressions per filter pattern."

type Condition = Callable[[Any], bool]


def parse_conditions(pattern: deque[Token], read: Callable[[deque[Token]], Condition]) -> Condition:
    """Take the tokens of conditions, up to the first that belongs to none; `read` takes those of one.

    Raises InvalidPattern. Neither this nor what it returns calls itself, however deep parentheses are.
    """
    steps: list[str | Condition] = []  # in the order of their evaluation: what is joined, then the sign
    waiting: list[str] = []
    while True:
        while pattern[0].text == "(" and pattern[0].kind == "sign":
            waiting.append(pattern.popleft().text)
        steps.append(read(pattern))
        while pattern[0] == Token("sign", ")") and "(" in waiting:
            pattern.popleft()
            while (sign := waiting.pop()) != "(":
                steps.append(sign)
        if pattern[0].kind != "sign" or pattern[0].text not in ("&&", "||"):
            break
        sign = pattern.popleft().text
        while waiting and PRECEDENCE[waiting[-1]] >= PRECEDENCE[sign]:
            steps.append(waiting.pop())
        waiting.append(sign)
    if "(" in waiting:
        raise InvalidPattern
    steps += reversed(waiting)
    if len(steps) == 1 and callable(steps[0]):
        return steps[0]
    return lambda subject: _evaluate(steps, subject)


def _evaluate(steps: Iterable[str | Condition], subject: object) -> bool:
    results: list[bool] = []
    for step in steps:
        if callable(step):
            results.append(step(subject))
        else:
            second, first = results.pop(), results.pop()
            results.append(first and second if step == "&&" else first or second)
    return results[0]


def check_regexes(pattern: Iterable[Token]) -> None:
    """Raises InvalidPattern when there are more than AWS allows."""
    if sum(token.kind == "regex" for token in pattern) > REGEX_MAX:
        raise InvalidPattern(REGEX_TOO_MANY)
