/** The types of the API, as its OpenAPI document has them. */

import type { components, paths } from "./schema";

type Schemas = components["schemas"];

export type Export = Schemas["Export"];
export type ExportPage = Schemas["ExportPage"];
export type ExportBody = Schemas["ExportBody"];
export type Batch = Schemas["Batch"];
export type Attempt = Schemas["Attempt"];
export type AuditEvent = Schemas["Event"];
export type ManifestFile = Schemas["File"];
export type FilePage = Schemas["FilePage"];
export type Trail = Schemas["Trail"];
export type ExportPackage = Schemas["Package"];
export type Report = Schemas["Report"];
export type ErrorBody = Schemas["ErrorResponse"];
/** Who is signed in, and with which app roles. */
export type Me = Schemas["Me"];

export type Method = "get" | "post" | "put" | "delete";
export type Path = keyof paths;

type Operation<P extends Path, M extends Method> = NonNullable<paths[P][M]>;
type Content<T> = T extends { content: infer C } ? C[keyof C] : null;
type Responses<O> = O extends { responses: infer R } ? R : never;
type Succeeded<R> = Content<R[Extract<keyof R, 200 | 201 | 202>]>;
type PathOf<O> = O extends { parameters: { path: infer P } } ? { path: P } : { path?: never };
type QueryOf<O> = O extends { parameters: { query?: infer Q } }
  ? [Q] extends [undefined]
    ? { query?: never }
    : { query?: Q }
  : { query?: never };
type BodyOf<O> = O extends { requestBody: { content: infer C } }
  ? { body: C[keyof C] }
  : O extends { requestBody?: { content: infer C } }
    ? { body?: C[keyof C] }
    : { body?: never };

/** What an operation responds with where it succeeds. */
export type ResponseOf<P extends Path, M extends Method> = Succeeded<Responses<Operation<P, M>>>;

/** What an operation takes, and how the call is made. */
export type RequestOf<P extends Path, M extends Method> = PathOf<Operation<P, M>> &
  QueryOf<Operation<P, M>> &
  BodyOf<Operation<P, M>> & {
    /** The media type of a body that is text; by default a body is sent as JSON. */
    mediaType?: string;
    /** The caller's own key of this request: sent again with the same body, it makes nothing twice. */
    idempotencyKey?: string;
    /** Ends the call. */
    signal?: AbortSignal;
  };
