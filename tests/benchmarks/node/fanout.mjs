// The fan-out of the application as graphql-ws's documentation has it on ws: in-memory topics, one
// execution per subscriber and event. The schema stands beside this file; the port is that of --port.
//
// POST /publish with {"topics": [...], "event": {...}} publishes the event once per topic named, and
// answers how many subscribers there are.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { buildSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';

const topics = new Map();
let subscribers = 0;

function subscribed(topic) {
  const events = [];
  let waiting = null;
  const push = (event) => {
    if (waiting) {
      waiting({ value: event, done: false });
      waiting = null;
    } else {
      events.push(event);
    }
  };
  if (!topics.has(topic)) topics.set(topic, new Set());
  topics.get(topic).add(push);
  subscribers += 1;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next() {
      if (events.length) return Promise.resolve({ value: events.shift(), done: false });
      return new Promise((resolve) => {
        waiting = resolve;
      });
    },
    return() {
      if (topics.get(topic).delete(push)) subscribers -= 1;
      return Promise.resolve({ value: undefined, done: true });
    },
  };
}

const schema = buildSchema(readFileSync(new URL('schema.graphql', import.meta.url), 'utf8'));
schema.getSubscriptionType().getFields().sessionChanges.subscribe = (_root, { filter }) =>
  subscribed(filter.source.eq);

async function publish(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  const { topics: named, event } = JSON.parse(Buffer.concat(parts).toString());
  for (const topic of named) {
    for (const push of topics.get(topic) ?? []) push({ sessionChanges: event });
  }
}

const server = createServer(async (request, response) => {
  await publish(request);
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ subscribers }));
});

useServer({ schema }, new WebSocketServer({ server, path: '/graphql' }));

const { port } = parseArgs({ options: { port: { type: 'string' } } }).values;
server.listen(Number(port), '127.0.0.1');
