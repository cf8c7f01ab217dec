/** Answers one request; throws {@linkcode HttpError} to refuse it. */
export type Handler = (request: Request) => Response | Promise<Response>;

/** Answers every request; never throws. */
export type App = (request: Request) => Promise<Response>;
