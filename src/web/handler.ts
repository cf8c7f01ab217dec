/** Answers one request; throws {@linkcode HttpError} to refuse it. */
export type Handler = (request: Request) => Response | Promise<Response>;

/** The whole of HTTP: answers every request and never throws. */
export type App = (request: Request) => Promise<Response>;
