/** Generates every small change of a policy statement that could be a mistake. */
import type { Statement } from "../iam/evaluate";

export interface Mutant {
  /** A short description, such as `drop kms:Decrypt`. */
  readonly change: string;
  /** @default - the statement is dropped */
  readonly statement?: Statement;
}

function list(values: string | readonly string[] | undefined): readonly string[] {
  return values === undefined ? [] : [values].flat();
}

function without<T>(items: readonly T[], item: T): T[] {
  return items.filter((one) => one !== item);
}

/** Drops each item of a list of at least two: an empty list isn't a small change. */
function dropEach(
  items: readonly string[],
  statement: (rest: readonly string[]) => Statement,
  suffix = "",
): Mutant[] {
  if (items.length < 2) return [];
  return items.map((item) => ({
    change: `drop ${item}${suffix}`,
    statement: statement(without(items, item)),
  }));
}

function actionMutants(statement: Statement): Mutant[] {
  const actions = list(statement.Action);
  const wildcards = [...new Set(actions.map((action) => `${action.split(":")[0]}:*`))];
  const wider = wildcards
    .filter((wildcard) => !actions.includes(wildcard))
    .map((wildcard) => ({
      change: `widen to ${wildcard}`,
      statement: { ...statement, Action: [...actions, wildcard] },
    }));
  return [...wider, ...dropEach(actions, (Action) => ({ ...statement, Action }))];
}

/** Excepts all other actions of the services, too. */
function notActionMutants(statement: Statement): Mutant[] {
  const excepted = list(statement.NotAction);
  return excepted.map((action) => {
    const wildcard = `${action.split(":")[0]}:*`;
    return {
      change: `except ${wildcard}`,
      statement: { ...statement, NotAction: [...excepted, wildcard] },
    };
  });
}

function resourceMutants(statement: Statement): Mutant[] {
  const resources = list(statement.Resource);
  if (resources.length === 0 || resources.includes("*")) return [];
  return [
    { change: "widen to any resource", statement: { ...statement, Resource: "*" } },
    ...dropEach(resources, (Resource) => ({ ...statement, Resource })),
  ];
}

function conditionMutants(statement: Statement): Mutant[] {
  const { Condition = {} } = statement;
  return Object.entries(Condition).flatMap(([operator, keys]) => {
    const withKeys = (changed: typeof keys): Statement => ({
      ...statement,
      Condition: { ...Condition, [operator]: changed },
    });
    return Object.entries(keys).flatMap(([key, expected]) => {
      const { [key]: _dropped, ...otherKeys } = keys;
      const values = list(expected);
      const otherValues = values.map((value) => `${value}-else`);
      return [
        { change: `drop ${operator} ${key}`, statement: withKeys(otherKeys) },
        {
          change: `change ${operator} ${key}`,
          statement: withKeys({ ...keys, [key]: otherValues }),
        },
        ...dropEach(values, (rest) => withKeys({ ...keys, [key]: rest }), ` of ${key}`),
      ];
    });
  });
}

/** Drops an operator's quantifier, or replaces the operator. */
function operatorMutants(statement: Statement): Mutant[] {
  const { Condition = {} } = statement;
  return Object.entries(Condition).flatMap(([operator, keys]) => {
    const { [operator]: _replaced, ...others } = Condition;
    const quantifier = /^(ForAnyValue|ForAllValues):/.exec(operator)?.[0];
    const names: string[] = [];
    if (quantifier) names.push(operator.replace(quantifier, ""));
    if (operator !== "Null") names.push(operator.includes("Bool") ? "StringEquals" : "Bool");
    return names
      .filter((name) => !(name in others))
      .map((name) => ({
        change: `${name} for ${operator}`,
        statement: { ...statement, Condition: { ...others, [name]: keys } },
      }));
  });
}

function principalMutants(statement: Statement): Mutant[] {
  if (statement.Principal === undefined || statement.Principal === "*") return [];
  const other = { AWS: "arn:aws:iam::888888888888:root" };
  return [
    { change: "widen to any principal", statement: { ...statement, Principal: "*" } },
    { change: "another principal", statement: { ...statement, Principal: other } },
  ];
}

export function mutantsOf(statement: Statement): Mutant[] {
  const Effect = statement.Effect === "Allow" ? "Deny" : "Allow";
  return [
    { change: "drop" },
    { change: "flip", statement: { ...statement, Effect } },
    ...actionMutants(statement),
    ...notActionMutants(statement),
    ...resourceMutants(statement),
    ...conditionMutants(statement),
    ...operatorMutants(statement),
    ...principalMutants(statement),
  ];
}
