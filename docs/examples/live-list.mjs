// The sessions of a filter, kept right by what `sessionChanges` tells; docs/live.md explains it.
// It knows neither connections nor views: `follow.mjs` feeds it, and whoever shows it sorts it.

export class LiveList {
  sessions = new Map();
  // Everything up to here is in `sessions`: subscribe with `after: cursor`.
  cursor = null;
  // Whether the query has to be run, at first or again.
  needsResync = true;

  // Take the sessions of all pages that were read, and the changeCursor of the first.
  begin(cursor, sessions) {
    this.sessions = new Map(sessions.map((session) => [session.id, session]));
    this.cursor = cursor;
    this.needsResync = false;
  }

  // Take one item; it does no harm if it comes again.
  apply(item) {
    switch (item.__typename) {
      case "SessionChange":
        if (item.kind === "ENTERED" || item.kind === "UPDATED") {
          this.sessions.set(item.sessionId, item.session);
        } else {
          this.sessions.delete(item.sessionId); // LEFT or DELETED, often of one not here
        }
        break;
      case "ResyncRequired":
        this.needsResync = true;
        return;
    }
    this.cursor = item.cursor; // a checkpoint moves the cursor alone
  }
}
