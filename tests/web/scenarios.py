"""A small scenario with something of everything that an operation can meet."""

SEED = 7
SMALL = """
title: Something of everything
clock: 2024-01-15T10:30:00Z
seed: 7
monetize360:
  tokens:
    - {token: YOUR_API_TOKEN, tier: standard}
    - {token: YOUR_API_TOKEN_ENTERPRISE, tier: enterprise}
    - {token: three-a-minute, tier: enterprise, limit: 3}
  workflows:
    - {id: workflow-id, name: Process Order, duration: PT15S, output: {orderId: ord-456, for: "{{data.customerId}}"}}
    - {id: slow, name: Slow, queue: PT1M, duration: PT1H}
    - {id: approval, name: Approval, outcome: waiting, secondaryStatus: Awaiting approval}
    - {id: declined, name: Declined, outcome: failed, error: {code: CARD_DECLINED, message: The card was declined}}
    - {id: resting, name: Resting, status: inactive}
  executions:
    - {id: exec-done, workflow: workflow-id, status: completed, startedAt: 2024-01-15T10:00:00Z}
    - {id: exec-pending, workflow: slow, status: pending}
    - {id: exec-running, workflow: slow, status: running, startedAt: 2024-01-15T10:00:00Z}
    - {id: exec-waiting, workflow: approval, status: waiting, startedAt: 2024-01-15T10:00:00Z}
  webhooks:
    - {id: hook-here, url: "http://127.0.0.1:9/hook", events: [workflow.completed, mdata.created], secret: hush}
    - {id: hook-away, url: "https://your-app.com/webhook", events: [mdata.created]}
  mobjects:
    - id: mobject-id
      name: Note
      description: Anything worth keeping
      records:
        - {id: note-1, data: {name: One, status: active, amount: 1}}
        - {id: note-2, data: {name: Two, status: inactive, amount: 2.5, tags: [a, b]}}
        - {id: note-3, data: {name: Three, amount: null}}
    - id: customers
      name: Customer
      description: People who buy
      businessKey: email
      schema:
        type: object
        properties:
          name: {type: string, label: Name}
          email: {type: string, format: email, unique: true, label: Email}
          status: {type: string, options: [{value: active}, {value: inactive}]}
          friend: {type: lookup, mobjectId: customers}
        required: [name, email]
      records:
        - {id: ada, data: {name: Ada, email: ada@example.com, status: active}}
        - {id: bob, data: {name: Bob, email: bob@example.com, status: inactive, friend: ada}}
    - id: platform
      name: Platform
      description: The platform's own
      type: SYSTEM
      records:
        - {id: own, data: {name: Own}}
moonify:
  services:
    - id: yourServiceID
      users:
        - {id: martin, score: 2161.5, totalTime: 84160}
        - {id: gregory, score: 5346.25, totalTime: 98827}
      groups:
        - {name: team, value: blue, users: [{id: gregory, score: 5346.25, totalTime: 98827}]}
      sessions:
        - {tokenID: 5b1c0f6e2d7a4983a6e0c9d41f28b735, userID: gregory, group: {name: team, value: blue}}
dynamic_monetization:
  rateTables:
    - {series: Apps, version: "1", effectiveFrom: -P1D, items: [{name: Photo, version: "1.0", rate: 3}]}
    - {series: Apps, version: "2", effectiveFrom: P9D, items: [{name: Photo, version: "1.0", rate: 4}]}
  instances:
    - id: home
      shortName: Home
      accountId: ACME
      conditions: [{id: engineers, name: Engineers, key: department, operator: IN, values: [Engineering]}]
      lineItems:
        - {activationId: ACT, start: -P1D, quantity: 100, rateTableSeries: Apps}
        - {activationId: OLD, state: OBSOLETE, start: -P1D, quantity: 1, rateTableSeries: Apps}
      sessions:
        - {id: idle, startedAt: -PT1H}
        - id: busy
          startedAt: -PT20M
          requester: {type: user, value: LisaBarry}
          items: [{item: Photo, version: "1.0", count: 2}]
"""
