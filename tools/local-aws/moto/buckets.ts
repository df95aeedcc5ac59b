/** Corrects moto's S3 where it differs from AWS in a way that the stacks need. */
import type { Answer, Next, Request } from "../protocol/forward";

const XML = { "Content-Type": "application/xml" };
const NO_POLICY =
  "<Error><Code>NoSuchBucketPolicy</Code><Message>The bucket policy does not exist</Message></Error>";

/**
 * After this request moto deletes all versions of an object at once, and responds with status 500
 * if one of them is a delete marker.
 */
function suspendsVersioning({ method, url, body }: Request): boolean {
  return (
    method === "PUT" && url.searchParams.has("versioning") && body.includes("<Status>Suspended<")
  );
}

/**
 * Returns a handler between S3's clients and moto. It stores bucket policies itself: moto ignores
 * their conditions, so a statement that denies plain HTTP would deny every request.
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
