"""The collections of Moonify, all on one page."""

from sandbox.apis.moonify.records import Service, Session, Simulation
from sandbox.kernel.store import Table

NAME = "moonify"

SERVICES: Table[Service] = Table("moonify.services")
"""service ID → its users, groups and lists"""
SESSIONS: Table[Session] = Table("moonify.sessions")
"""token → session"""
SIMULATIONS: Table[Simulation] = Table("moonify.simulations")
"""VISITORS → the simulated visitors, while there are any"""
VISITORS = "visitors"
KEYS: Table[str] = Table("moonify.keys")
"""service ID as a request carries it → service; besides a service's own, those issued for the namespace"""
