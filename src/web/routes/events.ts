import { clientOf } from "../client.ts";
import { EventFeed, type EventFeedOptions } from "../event_feed.ts";
import type { Handler } from "../handler.ts";
import { HttpError } from "../http_error.ts";

/** Where events are listened for. */
export const EVENTS_PATH = "/api/v1/events";

/**
 * `/api/v1/events`: server-sent events. `report` is the whole report first, and what has changed of it later (see docs/REPORT.md); `event` is
 * something that happened, with an identifier from which a client that comes again goes on. With `?as=page` what is sent
 * instead are the parts of the page that have changed.
 *
 * @param options Where reports come from, and until when.
 */
export function eventsRoute(options: EventFeedOptions): Handler {
  const feed = new EventFeed(options);
  return (request) => {
    const form = new URL(request.url).searchParams.get("as") ?? "report";
    if (form !== "report" && form !== "page") {
      throw new HttpError(400, `Events come as=report or as=page, not as "${form.slice(0, 40)}"`);
    }
    const lastEventId = request.headers.get("last-event-id");
    return new Response(feed.open({ form, lastEventId, client: clientOf(request) }), {
      headers: {
        "content-type": "text/event-stream; charset=utf-8",
        // A proxy that collects an answer before it sends it on would hold it for ever.
        "x-accel-buffering": "no",
        // So that the end of the stream is the end of the connection.
        "connection": "close",
      },
    });
  };
}
