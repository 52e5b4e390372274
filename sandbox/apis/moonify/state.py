"""The collections of Moonify, all on one page."""

from sandbox.apis.moonify.records import Service, Session, Simulation
from sandbox.kernel.store import Table

NAME = "moonify"

SERVICES: Table[Service] = Table("moonify.services")
"""service ID → its users, groups and lists"""
SESSIONS: Table[Session] = Table("moonify.sessions")
"""token → session"""
SIMULATIONS: Table[Simulation] = Table("moonify.simulations")
"""service ID → its simulated visitors"""
