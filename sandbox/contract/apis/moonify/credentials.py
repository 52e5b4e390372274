"""How the kit presents itself to Moonify."""

from sandbox.contract.credentials import Access

ACCESS = Access(
    "CONTRACT_MOONIFY_SERVICE_ID",
    lambda issued: str(issued["serviceID"]),
    scheme="serviceID",
    wrong="00000000000000000000000000000000",
)
