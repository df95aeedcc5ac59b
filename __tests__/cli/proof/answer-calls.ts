/** The constructors of an SDK client and of a command. */
export type Call = readonly [
  Client: { readonly prototype: object },
  Command: new (
    // biome-ignore lint/suspicious/noExplicitAny: each command has its own input
    input: any,
  ) => object,
];

/**
 * Answers the calls of SDK clients, without AWS.
 *
 * @param answer gets the name of the call in `calls`, its input and its client
 */
export function answerCalls<Name extends string>(
  calls: Readonly<Record<Name, Call>>,
  answer: (name: Name, input: object, client: object) => object | Promise<object>,
): void {
  const entries = Object.entries<Call>(calls);
  const names = new Map<unknown, string>(entries.map(([name, [, Command]]) => [Command, name]));
  async function send(this: object, command: { readonly input: object }): Promise<object> {
    const name = names.get(command.constructor);
    if (name === undefined) throw new Error(`unexpected call: ${command.constructor.name}`);
    return answer(name as Name, command.input, this);
  }
  for (const [, [Client]] of entries) Object.assign(Client.prototype, { send });
}
