/** The operations that are the same for several kinds of resources. */
import type { Handler, Handlers } from "../protocol/emulator";
import { Fault, page } from "../protocol/rest-json";
import type { Resources } from "./resources";

/**
 * @param operation ends the names of the operations
 * @param member names the resource in the answer
 * @param arnMember names the ARN in the input
 */
export function getAndDelete(
  resources: Resources,
  operation: string,
  member: string,
  arnMember = `${member}Arn`,
): Handlers {
  return {
    [`Get${operation}`]: (input, caller) => ({ [member]: resources.get(input[arnMember], caller) }),
    [`Delete${operation}`]: (input, caller) => {
      resources.delete(input[arnMember], caller);
      return {};
    },
  };
}

export function update(resources: Resources, arnMember: string): Handler {
  return (input, caller) => {
    resources.update(input[arnMember], input, caller);
    return { [arnMember]: input[arnMember] };
  };
}

/**
 * Lists the caller's resources of a kind in its Region, whose ARNs end with their version.
 * Filters and other owners aren't emulated.
 */
export function listVersions(resources: Resources, kind: string, member: string): Handler {
  return (input, caller) => {
    if (input["owner"] !== "Self" || "filters" in input || "byName" in input)
      throw new Fault(
        "NotImplementedException",
        `a list by ${Object.keys(input).join(", ")} is not emulated`,
        501,
      );
    const versions = resources
      .ownArns(kind, caller)
      .map((arn) => /^(.*\/\d+\.\d+\.\d+)/.exec(arn)?.[1] ?? arn);
    const { items, ...token } = page(
      [...new Set(versions)].map((arn) => ({ arn, owner: caller.account })),
      input,
      25,
    );
    return { [member]: items, ...token };
  };
}

export function tagHandlers(resources: Resources): Handlers {
  return {
    ListTagsForResource: ({ resourceArn: arn }, caller) => ({
      tags: resources.get(arn, caller)["tags"],
    }),
    TagResource: ({ resourceArn: arn, tags }, caller) => {
      const known = resources.get(arn, caller)["tags"] as object;
      resources.setTags(arn, { ...known, ...(tags as object) }, caller);
      return {};
    },
    UntagResource: ({ resourceArn: arn, tagKeys }, caller) => {
      const tags = Object.entries(resources.get(arn, caller)["tags"] as object).filter(
        ([key]) => !(tagKeys as string[]).includes(key),
      );
      resources.setTags(arn, Object.fromEntries(tags), caller);
      return {};
    },
  };
}
