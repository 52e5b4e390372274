// The full life cycle through openapi-fetch with types of openapi-typescript. Exits with 1 at the first difference.

import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { paths as DynamicMonetization } from "./dynamic_monetization.js";
import type { paths as Monetize360 } from "./monetize360.js";
import type { paths as Moonify } from "./moonify.js";

const { SANDBOX_URL: url, HOOK_URL: hookUrl = "", HOOK_SECRET: secret = "", DM_TOKEN: token } = process.env;
const now = "2024-01-15T10:30:00Z";

interface Answer<Data, Problem> {
  data?: Data;
  error?: Problem;
  response: Response;
}

/** What came with the status that was expected; anything else ends the script. */
async function ok<Data, Problem>(status: number, call: Promise<Answer<Data, Problem>>): Promise<NonNullable<Data>> {
  const { data, error, response } = await call;
  assert.equal(response.status, status, `${response.url}: ${JSON.stringify(error)}`);
  return data as NonNullable<Data>;
}

/** The same for an error. */
async function refused<Data, Problem>(status: number, call: Promise<Answer<Data, Problem>>): Promise<NonNullable<Problem>> {
  const { error, response } = await call;
  assert.equal(response.status, status, response.url);
  assert.ok(error);
  return error;
}

const monetize360 = createClient<Monetize360>({
  baseUrl: `${url}/monetize360/v1`,
  headers: { Authorization: "Bearer YOUR_API_TOKEN" },
});

/** Monetize360: an object, its records one by one, in bulk and filtered, and a webhook that hears of one. */
async function objectsAndRecords(): Promise<void> {
  const schema = {
    type: "object" as const,
    properties: { title: { type: "string" as const }, priority: { type: "integer" as const, minimum: 1, maximum: 5 } },
    required: ["title"],
  };
  const wanted = { name: "Ticket", description: "Something to do.", schema };
  const ticket = await ok(201, monetize360.POST("/mobjects", { body: wanted }));
  assert.deepEqual([ticket.name, ticket.type, ticket.createdAt], ["Ticket", "PERSISTENT", now]);
  const object = { params: { path: { mobjectId: ticket.id } } };
  const read = await ok(200, monetize360.GET("/mobjects/{mobjectId}", object));
  assert.deepEqual(read, ticket);
  assert.deepEqual(read.schema, schema);

  const rows = [{ title: "Low", priority: 1 }, { title: "Wrong", priority: 9 }, { title: "High", priority: 4 }];
  const bulk = await ok(201, monetize360.POST("/mobjects/{mobjectId}/mdata/bulk", { ...object, body: { data: rows } }));
  assert.deepEqual([bulk.success, bulk.totalProcessed, bulk.created, bulk.failed], [false, 3, 2, 1]);
  assert.deepEqual(bulk.errors?.map((each) => [each.index, each.field, each.value]), [[1, "priority", 9]]);

  const hook = { url: hookUrl, events: ["mdata.created" as const], secret };
  const subscribed = await ok(201, monetize360.POST("/webhooks", { body: hook }));
  assert.deepEqual([subscribed.url, subscribed.events, subscribed.active], [hook.url, hook.events, true]);

  const fire = { title: "Printer on fire", priority: 5 };
  const record = await ok(201, monetize360.POST("/mobjects/{mobjectId}/mdata", { ...object, body: { data: fire } }));
  assert.deepEqual([record.mobjectId, record.data, record.createdAt], [ticket.id, fire, now]);
  const one = { params: { path: { mobjectId: ticket.id, mdataId: record.id } } };
  assert.deepEqual(await ok(200, monetize360.GET("/mobjects/{mobjectId}/mdata/{mdataId}", one)), record);

  const list = (query: { filter?: string[]; sort?: string; limit?: number }) =>
    ok(200, monetize360.GET("/mobjects/{mobjectId}/mdata", { params: { ...object.params, query } }));
  assert.deepEqual((await list({ filter: ["priority:gte:4", "title:ne:High"] })).data, [record]);
  const page = await list({ sort: "priority:desc", limit: 2 });
  assert.deepEqual(page.data.map((each) => each.data.priority), [5, 4]);
  assert.deepEqual(page.pagination, { total: 3, limit: 2, offset: 0, hasMore: true });

  const change = { ...one, body: { data: { priority: 2 } } };
  const changed = await ok(200, monetize360.PUT("/mobjects/{mobjectId}/mdata/{mdataId}", change));
  assert.deepEqual(changed.data, { ...fire, priority: 2 });
  const gone = await ok(200, monetize360.DELETE("/mobjects/{mobjectId}/mdata/{mdataId}", one));
  assert.deepEqual(gone, { success: true, message: "Record deleted successfully" });
  const missing = await refused(404, monetize360.GET("/mobjects/{mobjectId}/mdata/{mdataId}", one));
  assert.equal(missing.error.code, "NOT_FOUND");
  assert.equal((await ok(200, monetize360.DELETE("/mobjects/{mobjectId}", object))).success, true);
}

/** Monetize360: an execution, and the same one read again. */
async function workflows(): Promise<void> {
  const data = { customerId: "cust-123", amount: 250, action: "process" };
  const path = { workflowId: "workflow-id" };
  const execution = await ok(
    200,
    monetize360.POST("/workflows/{workflowId}/execute", { params: { path }, body: { data } }),
  );
  assert.equal(execution.status, "completed");
  assert.equal(Date.parse(execution.completedAt ?? "") - Date.parse(execution.startedAt ?? ""), 15_000);
  assert.deepEqual(execution.output, { orderId: "ord-456", status: "success", result: data });
  const known = { params: { path: { ...path, executionId: execution.executionId } } };
  assert.deepEqual(await ok(200, monetize360.GET("/workflows/{workflowId}/executions/{executionId}", known)), execution);
}

/** Moonify: a session, then users and groups. */
async function visitors(): Promise<void> {
  const client = (serviceId: string) =>
    createClient<Moonify>({ baseUrl: `${url}/moonify/0.2`, headers: { Authorization: `serviceID ${serviceId}` } });
  const moonify = client("yourServiceID");
  const session = await ok(201, moonify.POST("/moonitize/sessions", { body: { userID: "ada", "@team": "red" } }));
  assert.deepEqual([session.success, session.tokenID.length], [true, 32]);

  const best = await ok(200, moonify.GET("/moonitize/users", { params: { query: { limit: 3, order: "score" } } }));
  assert.deepEqual(Object.keys(best.users), ["gregory", "martin", "gerald"]);
  assert.equal(best.users["martin"]?.score, 2161.6045921436);
  const ada = await ok(200, moonify.GET("/moonitize/users/{userid}", { params: { path: { userid: "ada" } } }));
  assert.equal(ada.user.score, 0);
  const team = (groupvalue: string) => ({ params: { path: { groupname: "team", groupvalue } } });
  const red = await ok(200, moonify.GET("/moonitize/groups/{groupname}/{groupvalue}/users/", team("red")));
  assert.deepEqual(Object.keys(red.users), ["ada"]);
  const { group: blue } = await ok(200, moonify.GET("/moonitize/groups/{groupname}/{groupvalue}/", team("blue")));
  assert.deepEqual([blue.name, blue.value, blue.score, blue.totalTime], ["team", "blue", 19.517380442180833, 975]);

  assert.deepEqual(await refused(401, client("nobody").GET("/moonitize/users")), { error: "Service ID is invalid" });
}

/** Dynamic Monetization: what is charged once, what by the hour, and what is refunded. */
async function metering(): Promise<void> {
  const dm = createClient<DynamicMonetization>({
    baseUrl: `${url}/dynamicmonetization`,
    headers: { Authorization: `Bearer ${token}` },
  });
  const account = { shortName: "Clients-def-inst", accountId: "Clients" };
  const instance = await ok(200, dm.POST("/provisioning/api/v1.0/instances", { body: account }));
  assert.deepEqual([instance.shortName, instance.accountId, instance.defaultInstance], ["Clients-def-inst", "Clients", true]);
  const items = [{ name: "PhotoPrint", version: "1.0", rate: 3 }, { name: "CADPrint", version: "2.0", rate: 7 }];
  const table = { effectiveFrom: 1698849852000, series: "Clients", version: "1", items };
  const saved = await ok(201, dm.POST("/provisioning/api/v1.0/rate-tables", { body: table }));
  assert.equal(saved.message, "Rate table successfully saved");

  const path = { instanceId: instance.id };
  const mapped = await ok(
    200,
    dm.PUT("/provisioning/api/v1.0/instances/{instanceId}/line-items", {
      params: { path },
      body: {
        activationId: "ACT-1",
        state: "DEPLOYED",
        quantity: 100,
        start: 1695772800000,
        end: 1790380800000,
        attributes: { elastic: true, rateTableSeries: "Clients" },
      },
    }),
  );
  assert.deepEqual([mapped.activationId, mapped.quantity, mapped.used], ["ACT-1", 100, 0]);
  const line = { params: { path: { ...path, lineItemId: "ACT-1" } } };
  const used = async () =>
    (await ok(200, dm.GET("/provisioning/api/v1.0/instances/{instanceId}/line-items/{lineItemId}", line))).used;

  const requester = { type: "user", value: "LisaBarry" };
  const asking = (photos: number, drawings: number) => [
    { item: "PhotoPrint", version: "1.0", count: photos },
    { item: "CADPrint", version: "2.0", count: drawings },
  ];
  const request = { params: { path }, body: { requester, requestedItems: asking(10, 2) } };
  const once = await ok(200, dm.POST("/elastic/api/v1.0/instances/{instanceId}/access-request", request));
  const charges = once.requestedItems.map((each) => [each.status.code, each.totalTokensCharged]);
  assert.deepEqual(charges, [["101", 30], ["101", 14]]);
  assert.equal(await used(), 44);

  const { sessionId } = await ok(200, dm.POST("/api/v1.0/sessions", { body: { instanceId: instance.id } }));
  const session = { params: { path: { sessionId } } };
  const ask = (photos: number, drawings: number) =>
    dm.PUT("/api/v1.0/sessions/{sessionId}", {
      ...session,
      body: { requester, rollbackOnDeny: true, requestedItems: asking(photos, drawings) },
    });
  const charged = await ok(200, ask(4, 1));
  assert.deepEqual(charged.requestedItems.map((each) => each.totalTokensCharged), [12, 7]);
  assert.equal(await used(), 63);
  const denied = await refused(403, ask(100, 1));
  assert.ok("requestedItems" in denied);
  assert.equal(denied.requestedItems[0]?.status.code, "202");
  const active = await ok(200, dm.GET("/api/v1.0/sessions/{sessionId}", session));
  assert.deepEqual([active.state, active.items.map((each) => each.count)], ["ACTIVE", [4, 1]]);

  await shiftClock("PT30M");
  await ok(204, dm.GET("/api/v1.0/sessions/{sessionId}/heartbeat", session));
  await ok(204, dm.DELETE("/api/v1.0/sessions/{sessionId}", session));
  assert.equal((await ok(200, dm.GET("/api/v1.0/sessions/{sessionId}", session))).state, "TERMINATED");
  assert.equal(await used(), 53.5);
}

/** Move the sandbox's clock by an ISO 8601 duration. */
async function shiftClock(by: string): Promise<void> {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(`${url}/__admin/clock/shift`, { method: "POST", headers, body: JSON.stringify({ by }) });
  assert.equal(response.status, 200);
}

await objectsAndRecords();
await workflows();
await visitors();
await metering();
