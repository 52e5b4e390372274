"""The sandbox with one defect each: variants that the contract-test kit must tell from the right one.

Every module here named after an API, and every ``late_<api>``, declares mutants with a ``Maker``; they are found by
themselves. ``python -m contract_tests.mutants`` runs the kit against them.
"""

from contract_tests.mutants.making import Maker, Mutant
from contract_tests.mutants.shelf import mutants

__all__ = ["Maker", "Mutant", "mutants"]
