"""A line of a bill."""

from dataclasses import dataclass

from infra.costs.prices import Price


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of a bill: a quantity of a resource at a price.

    Attributes:
        resource: The billed resource, such as `alarms`.
        quantity: Number of units of the price.
    """

    resource: str
    quantity: float
    price: Price

    @property
    def usd(self) -> float:
        """The price of the whole quantity."""
        return self.quantity * self.price.usd
