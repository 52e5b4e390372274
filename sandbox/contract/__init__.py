"""The contract-test kit: whether a server keeps the contract, be it the sandbox, a real one or a team's own."""
