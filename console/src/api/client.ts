// The one way to the service. Every call goes through `api`; `unwrap` turns its answer into data or
// an ApiError. Whatever changes something carries the session's CSRF token.
import createClient, { type Middleware } from "openapi-fetch";

import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type Session = components["responses"]["Session"]["content"]["application/json"];

// What the service refused, in its own words.
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }

  get notSignedIn(): boolean {
    return this.status === 401 || this.code === "NotSignedIn";
  }

  get noPermission(): boolean {
    return this.code === "AccessDeniedException";
  }
}

let csrfToken = "";
let onSignedOut: () => void = () => {};

export function setCsrfToken(token: string): void {
  csrfToken = token;
}

// `listener` is called when the service says that the session is over.
export function setSignedOutListener(listener: () => void): void {
  onSignedOut = listener;
}

const changes: Middleware = {
  onRequest({ request }) {
    if (request.method !== "GET" && csrfToken) request.headers.set("X-CSRF-Token", csrfToken);
    return request;
  },
};

export const api = createClient<paths>({ baseUrl: "/api/v1" });
api.use(changes);

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

function errorOf(answer: Answer<unknown>): ApiError {
  const body = answer.error as { error?: { code?: string; message?: string; remedy?: string } } | undefined;
  const said = body?.error;
  return new ApiError(
    answer.response.status,
    said?.code ?? "Unavailable",
    said?.message ?? `The service answered ${answer.response.status}.`,
    said?.remedy ?? "",
  );
}

export async function unwrap<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch {
    throw new ApiError(0, "Unavailable", "The service does not answer.", "Is it running? Try again in a moment.");
  }
  if (answer.error === undefined && answer.data !== undefined) return answer.data;
  const error = errorOf(answer);
  if (error.notSignedIn) onSignedOut();
  throw error;
}
