// Starts GraphiQL on this server. What is typed into the header editor is sent with HTTP requests
// and, by GraphiQL's fetcher, as the payload of connection_init on WebSockets.
"use strict";

const TIMELINE = `# The newest sessions, with just the fields you want.
query Timeline {
  sessions(first: 20, orderBy: [{ field: STARTED_AT }]) {
    nodes {
      id
      shortId
      status
      activity
      startedAt
      duration(unit: MINUTES)
      channelType
      contact { displayName }
      agent { name }
      labels { label { name color } }
    }
    pageInfo { hasNextPage endCursor }
    totalCount
    changeCursor
  }
}
`;

const LIVE = `# Runs until stopped. End a session from a second window.
subscription StatusChanges {
  sessionStatusChanged {
    cursor
    at
    from
    to
    activity
    endReason
    session { shortId contact { displayName } }
  }
}
`;

const END = `# Put the id of a running session into the variables.
mutation EndSession($id: ID!) {
  sessionEnd(input: { session: { id: $id } }) {
    session { id status endedAt }
    userErrors { code message field }
    changeCursor
  }
}
`;

const container = document.getElementById("graphiql");
const { endpoint, authorization } = container.dataset;
const headers = JSON.stringify({ Authorization: authorization }, null, 2);

const socketUrl = new URL(endpoint, window.location.href);
socketUrl.protocol = socketUrl.protocol === "https:" ? "wss:" : "ws:";

const props = {
  fetcher: GraphiQL.createFetcher({ url: endpoint, subscriptionUrl: socketUrl.href }),
  defaultTabs: [
    { query: TIMELINE, headers },
    { query: LIVE, headers },
    { query: END, variables: JSON.stringify({ id: "" }, null, 2), headers },
  ],
  defaultHeaders: headers,
  defaultEditorToolsVisibility: "headers",
  plugins: [GraphiQLPluginExplorer.explorerPlugin()],
  storage: GraphiQL.createLocalStorage({ namespace: "sessiongraph" }),
};

ReactDOM.createRoot(container).render(React.createElement(GraphiQL, props));
