/** The functions with their queues, rules and event source mappings. */
import type { Context } from "../../../iam/evaluate";
import { words } from "../support";
import { actionsIf, type Expectation, expectation, TAG_ACTIONS } from "./expectation";
import { PREFIX, type Scope } from "./scope";

const FUNCTION_WRITES = words(`
  AddPermission CreateFunction DeleteFunction DeleteFunctionEventInvokeConfig InvokeFunction
  PutFunctionEventInvokeConfig RemovePermission TagResource UntagResource UpdateFunctionCode
  UpdateFunctionConfiguration UpdateFunctionEventInvokeConfig
`);

const QUEUE_WRITES = words("CreateQueue DeleteQueue SetQueueAttributes TagQueue UntagQueue");

const RULE_WRITES = words("DeleteRule PutRule PutTargets RemoveTargets TagResource UntagResource");

interface NamedFunction {
  readonly name: string;
  /** Whether the roles have permissions for the function. */
  readonly exists: boolean;
  /** All write actions of the deploy role on the function. */
  readonly writes: readonly string[];
  /** Ends of the names of its rules. */
  readonly rules: readonly string[];
}

/** A function with its queues and rules. */
function namedFunctionExpectations({ arn }: Scope, named: NamedFunction): Expectation[] {
  const { exists } = named;
  const name = `${PREFIX}-${named.name}`;
  return [
    expectation("lambda", arn("lambda", `function:${name}`), {
      writes: actionsIf(exists, named.writes),
      reads: actionsIf(exists, ["GetFunction", "GetPolicy", "ListVersionsByFunction"]),
    }),
    ...["", "-failed"].map((suffix) =>
      expectation("sqs", arn("sqs", `${name}${suffix}`), {
        writes: actionsIf(exists, QUEUE_WRITES),
        reads: actionsIf(exists, ["GetQueueAttributes", "ListQueueTags"]),
      }),
    ),
    ...named.rules.map((suffix) =>
      expectation("events", arn("events", `rule/${name}${suffix}`), {
        writes: actionsIf(exists, RULE_WRITES),
        reads: actionsIf(exists, ["DescribeRule", "ListTargetsByRule"]),
      }),
    ),
  ];
}

const MAPPING_WRITES = [
  "CreateEventSourceMapping",
  "DeleteEventSourceMapping",
  ...TAG_ACTIONS,
  "UpdateEventSourceMapping",
];

/** Mappings have random ids, so a condition limits the role to those of the factory's functions. */
function mappingExpectations({ isShared, hasRebuilder, arn }: Scope): Expectation[] {
  const hasMappings = isShared || hasRebuilder;
  const mapping = arn("lambda", "event-source-mapping:1");
  const toFunction = (name: string): Context => ({
    "lambda:FunctionArn": arn("lambda", `function:${name}`),
  });
  const reads = actionsIf(hasMappings, ["GetEventSourceMapping", "ListTags"]);
  const tags = actionsIf(hasMappings, TAG_ACTIONS);
  return [
    expectation("lambda", mapping, {
      context: toFunction(`${PREFIX}-share-updater`),
      writes: isShared ? MAPPING_WRITES : tags,
      reads,
    }),
    expectation("lambda", mapping, {
      context: toFunction(`${PREFIX}-rebuilder`),
      writes: actionsIf(hasMappings, MAPPING_WRITES),
      reads,
    }),
    expectation("lambda", mapping, { context: toFunction("else"), writes: tags }),
    expectation("lambda", mapping, { writes: tags }),
  ];
}

/**
 * Only the shared account has an updater. Its roles have the same permissions for the rebuilder, by
 * the prefix of the names.
 */
export function functionExpectations(scope: Scope): Expectation[] {
  const { isShared, hasRebuilder, arn } = scope;
  return [
    ...namedFunctionExpectations(scope, {
      name: "share-updater",
      exists: isShared,
      writes: FUNCTION_WRITES,
      rules: [""],
    }),
    ...namedFunctionExpectations(scope, {
      name: "rebuilder",
      exists: isShared || hasRebuilder,
      writes: FUNCTION_WRITES.filter((action) => isShared || action !== "InvokeFunction"),
      rules: ["", "-builds", "-shares"],
    }),
    ...mappingExpectations(scope),
    expectation("lambda", arn("lambda", "function:else")),
    expectation("sqs", arn("sqs", "else")),
    expectation("events", arn("events", "rule/else")),
  ];
}
