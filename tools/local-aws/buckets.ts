import type { Answer, Next, Request } from "./proxy";

const XML = { "Content-Type": "application/xml" };
const NO_POLICY =
  "<Error><Code>NoSuchBucketPolicy</Code><Message>The bucket policy does not exist</Message></Error>";

/** From then on moto deletes all versions of an object at once, and answers 500 when one of them is a delete marker. */
function suspendsVersioning({ method, url, body }: Request): boolean {
  return (
    method === "PUT" && url.searchParams.has("versioning") && body.includes("<Status>Suspended<")
  );
}

/**
 * Stands between S3's callers and moto. Keeps bucket policies away from it: it evaluates no conditions, so that one which refuses plain
 * HTTP would refuse everything.
 */
export function buckets(): (request: Request, next: Next) => Promise<Answer> {
  const policies = new Map<string, Buffer>();
  return async (request, next) => {
    const { method, url, body } = request;
    if (suspendsVersioning(request)) return { status: 200, headers: {}, body: "" };
    if (!url.searchParams.has("policy")) return next(request);
    const bucket = url.pathname;
    if (method === "PUT") policies.set(bucket, body);
    if (method === "DELETE") policies.delete(bucket);
    if (method !== "GET") return { status: 204, headers: {}, body: "" };
    const policy = policies.get(bucket);
    return policy
      ? { status: 200, headers: { "Content-Type": "application/json" }, body: policy }
      : { status: 404, headers: XML, body: NO_POLICY };
  };
}
