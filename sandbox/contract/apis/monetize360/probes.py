"""All directed sequences, and what they need of a target."""

from sandbox.contract.apis.monetize360 import (
    access_probes,
    event_probes,
    list_probes,
    record_probes,
    rule_probes,
    run_probes,
    shape_probes,
    tours,
)
from sandbox.contract.methods import undeclared
from sandbox.contract.suites import Probe

_WRITES = frozenset({"writes"})
_LASTING = frozenset({"writes", "permanent"})
_FRESH = frozenset({"writes", "fresh"})
_NO_CLOCK = "times, windows and life cycles as time passes"
PROBES = (
    Probe("reading", tours.reading),
    Probe("reading workflows", tours.reading_workflows),
    Probe("tour", tours.tour, _WRITES, "objects and records"),
    Probe("workflow tour", tours.workflow_tour, _LASTING, "workflows, and what they do to records"),
    Probe("list matrix", list_probes.list_matrix, _WRITES, "filter, sort, projection and pages"),
    Probe("many records", list_probes.many, _WRITES, "pages of more than fifty records"),
    Probe("thousand records", list_probes.thousand, _FRESH, "pages and batches of a thousand records"),
    Probe("kinds", list_probes.kinds, _WRITES, "values of several kinds in one field"),
    Probe("system fields", list_probes.system_fields, _WRITES, "filter and sort by what the server sets"),
    Probe("object lists", list_probes.object_lists, _WRITES, "pages of objects and workflows"),
    Probe("bad queries", list_probes.bad_queries, _WRITES, "refusal of bad parameters"),
    Probe("validation", record_probes.validation, _WRITES, "records that break their schema"),
    Probe("bulk", record_probes.bulk, _WRITES, "bulk creation that fails in part"),
    Probe("uniqueness", record_probes.uniqueness, _WRITES, "what must be unique"),
    Probe("redefinition", record_probes.redefinition, _WRITES, "changes of schemas"),
    Probe("lookups", record_probes.linked, _WRITES, "lookups"),
    Probe("bad objects", record_probes.bad_objects, _WRITES, "refusal of bad objects"),
    Probe("wrong parent", record_probes.wrong_parent, _WRITES, "records under another object"),
    Probe("merging", shape_probes.merging, _WRITES, "what an update sets and keeps"),
    Probe("settings", shape_probes.settings, _WRITES, "what an update of an object sets and keeps"),
    Probe("keywords", shape_probes.keywords, _WRITES, "what each keyword of a schema lets in"),
    Probe("bad fields", shape_probes.bad_fields, _WRITES, "refusal of bad schemas"),
    Probe("alike", shape_probes.alike, _WRITES, "which values a unique field takes for the same"),
    Probe("read-only", rule_probes.read_only, _FRESH, "that a SYSTEM object and its records stay as they are"),
    Probe("odd ids", rule_probes.odd_ids, _FRESH, "ids that name nothing"),
    Probe("besides", rule_probes.besides, _WRITES, "members that are not known"),
    Probe("large", rule_probes.large, _FRESH, "refusal of large bodies"),
    Probe("schemes", rule_probes.schemes, _FRESH | {"levers"}, "refusal of other schemes than Bearer"),
    Probe("bulk as an id", rule_probes.bulk_is_no_record, _FRESH, "whether bulk is taken for an id"),
    Probe("order of checks", rule_probes.order_of_checks, _FRESH, "which refusal comes first"),
    undeclared("monetize360", "A5", "first", "nobody"),
    Probe("passing time", record_probes.passing_time, _WRITES | {"clock"}, _NO_CLOCK),
    Probe("credentials", access_probes.credentials, _WRITES, "refusal without a token"),
    Probe("tenants", access_probes.tenants, _WRITES | {"second"}, "isolation of tenants"),
    Probe("media", access_probes.media, _WRITES, "refusal of other media types"),
    Probe("windows", access_probes.windows, frozenset({"clock"}), _NO_CLOCK),
    Probe("burst", access_probes.burst, _WRITES | {"clock", "limited"}, "enforcement of the rate limit"),
    Probe("webhook", event_probes.webhook, _LASTING | {"receiver"}, "deliveries and their signatures"),
    Probe("foreign webhook", event_probes.foreign, _LASTING | {"receiver", "second"}, "deliveries across tenants"),
    Probe("extended events", event_probes.extended, _LASTING | {"receiver", "levers"}, "events that a setting allows"),
    Probe("bad webhooks", event_probes.bad_webhooks, _LASTING, "refusal of bad webhooks"),
    Probe("bad inputs", event_probes.bad_inputs, _WRITES, "refusal of bad inputs"),
    Probe("acting", run_probes.acting, _LASTING | {"receiver"}, "what workflows do, and tell"),
    Probe("announced", run_probes.announced, _LASTING | {"receiver", "clock", "fresh"}, "what executions tell"),
    Probe("quoting", run_probes.quoting, _LASTING | {"levers", "clock"}, "what outputs quote"),
    Probe("executions", event_probes.executions, _LASTING | {"clock", "fresh"}, _NO_CLOCK),
)
