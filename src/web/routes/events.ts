import { clientOf } from "../client.ts";
import { EventFeed, type EventFeedOptions } from "../event_feed.ts";
import type { Handler } from "../handler.ts";
import { HttpError } from "../http_error.ts";

/**
 * `/api/v1/events`: server-sent events. `report` is first the whole report, later the parts that changed (see
 * docs/REPORT.md); `event` is an event, with an identifier from which a client can resume. With `?as=page` the parts of
 * the page that changed are sent instead.
 *
 * @param options The source of reports, and what ends the streams.
 */
export function eventsRoute(options: EventFeedOptions): Handler {
  const feed = new EventFeed(options);
  return (request) => {
    const form = new URL(request.url).searchParams.get("as") ?? "report";
    if (form !== "report" && form !== "page") {
      throw new HttpError(400, `Unknown form "${form.slice(0, 40)}": expected as=report or as=page`);
    }
    const lastEventId = request.headers.get("last-event-id");
    return new Response(feed.open({ form, lastEventId, client: clientOf(request) }), {
      headers: {
        "content-type": "text/event-stream; charset=utf-8",
        // Otherwise a buffering proxy would never forward the stream.
        "x-accel-buffering": "no",
        // The connection ends with the stream.
        "connection": "close",
      },
    });
  };
}
