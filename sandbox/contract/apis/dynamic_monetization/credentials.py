"""How the kit presents itself to Dynamic Monetization: as an administrator."""

from sandbox.contract.credentials import Access

ACCESS = Access("CONTRACT_DYNAMIC_MONETIZATION_TOKEN", lambda issued: str(issued["adminToken"]))
