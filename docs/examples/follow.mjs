// Shows the open sessions, live: `node docs/examples/follow.mjs 127.0.0.1:8000 KEY`
// Needs a browser or Node 22, which have fetch and WebSocket; no library.

import { LiveList } from "./live-list.mjs";

const SHOWN = "id startedAt status topic contact { displayName } labels { label { name } }";
const LIST = `query List($filter: SessionFilter, $after: String) {
  sessions(filter: $filter, first: 100, after: $after) {
    nodes { ${SHOWN} } pageInfo { hasNextPage endCursor } changeCursor
  }
}`;
const LIVE = `subscription Live($filter: SessionFilter, $after: ChangeCursor) {
  sessionChanges(filter: $filter, after: $after) {
    __typename
    ... on SessionChange { cursor kind sessionId session { ${SHOWN} } }
    ... on StreamCheckpoint { cursor }
    ... on ResyncRequired { reason }
  }
}`;

// The changeCursor of the first page, and the list to its end.
async function read(address, key, filter) {
  let cursor = null;
  let after = null;
  const sessions = [];
  for (;;) {
    const response = await fetch(`http://${address}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
      body: JSON.stringify({ query: LIST, variables: { filter, after } }),
    });
    const { data, errors } = await response.json();
    if (errors) throw new Error(errors[0].message);
    const page = data.sessions;
    cursor ??= page.changeCursor;
    sessions.push(...page.nodes);
    if (!page.pageInfo.hasNextPage) return [cursor, sessions];
    after = page.pageInfo.endCursor;
  }
}

// Until the socket closes; gives the code it was closed with.
function followOnce(address, key, list, filter, show) {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://${address}/graphql`, "graphql-transport-ws");
    const say = (message) => socket.send(JSON.stringify(message));
    const variables = { filter, after: list.cursor };
    const heard = {
      connection_ack: () => say({ id: "1", type: "subscribe", payload: { query: LIVE, variables } }),
      ping: () => say({ type: "pong" }),
      next: (payload) => {
        list.apply(payload.data.sessionChanges);
        show(list);
      },
      error: (payload) => socket.close(1000, payload[0].message.slice(0, 40)),
      complete: () => socket.close(1000),
    };
    socket.onopen = () =>
      say({ type: "connection_init", payload: { authorization: `Bearer ${key}` } });
    socket.onmessage = ({ data }) => {
      const { type, payload } = JSON.parse(data);
      heard[type]?.(payload);
    };
    socket.onclose = ({ code }) => resolve(code);
  });
}

// For ever: what was missed while there was no connection comes with the next one.
export async function follow(address, key, list, filter, show) {
  for (;;) {
    try {
      if (list.needsResync) {
        list.begin(...(await read(address, key, filter)));
        show(list);
      }
      const code = await followOnce(address, key, list, filter, show);
      if (code === 4403) throw new Error("The key is not valid.");
    } catch (error) {
      console.error(`again in a moment: ${error.message}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 200 + 1800 * Math.random()));
  }
}

// The view is the client's: sorted and cut as it likes.
function printNewest(list) {
  const newest = [...list.sessions.values()].sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
  const names = newest.slice(0, 10).map((session) => session.contact.displayName);
  console.log(`${list.sessions.size} open: ${names.join(", ")}`);
}

if (globalThis.process?.argv[1] && process.argv[1] === import.meta.filename) {
  const [address, key] = process.argv.slice(2);
  await follow(address, key, new LiveList(), { isOpen: true }, printNewest);
}
