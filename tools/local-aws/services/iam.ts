/** Emulates the roles and instance profiles of IAM. Policies aren't evaluated. */
import type { Caller, Handlers, Service } from "../protocol/emulator";
import { Fault, type Input } from "../protocol/rest-json";

/** Names of what belongs to a role or an instance profile: policies, or roles. */
type Members = Set<string>;

export class Iam {
  private readonly roles = new Map<string, Members>();
  private readonly profiles = new Map<string, Members>();

  /** Roles and instance profiles, as `role ACCOUNT/NAME`. */
  get all(): string[] {
    return [
      ...[...this.roles.keys()].map((name) => `role ${name}`),
      ...[...this.profiles.keys()].map((name) => `instance profile ${name}`),
    ];
  }

  private readonly handlers: Handlers = {
    CreateRole: ({ RoleName }, caller) => create(this.roles, RoleName, caller),
    DeleteRole: ({ RoleName }, caller) => {
      const name = nameOf(RoleName, caller);
      const isInProfile = [...this.profiles.values()].some((roles) => roles.has(name));
      return remove(this.roles, RoleName, caller, isInProfile);
    },
    AttachRolePolicy: ({ RoleName, PolicyArn }, caller) => {
      find(this.roles, RoleName, caller).add(String(PolicyArn));
      return {};
    },
    DetachRolePolicy: ({ RoleName, PolicyArn }, caller) => {
      if (!find(this.roles, RoleName, caller).delete(String(PolicyArn))) throw missing(PolicyArn);
      return {};
    },
    CreateInstanceProfile: ({ InstanceProfileName }, caller) =>
      create(this.profiles, InstanceProfileName, caller),
    DeleteInstanceProfile: ({ InstanceProfileName }, caller) =>
      remove(this.profiles, InstanceProfileName, caller),
    AddRoleToInstanceProfile: ({ InstanceProfileName, RoleName }, caller) => {
      find(this.roles, RoleName, caller);
      find(this.profiles, InstanceProfileName, caller).add(nameOf(RoleName, caller));
      return {};
    },
    RemoveRoleFromInstanceProfile: ({ InstanceProfileName, RoleName }, caller) => {
      if (!find(this.profiles, InstanceProfileName, caller).delete(nameOf(RoleName, caller)))
        throw missing(RoleName);
      return {};
    },
  };

  get service(): Service {
    return {
      name: "iam",
      read: (_method, _url, body) => {
        const { Action = "", ...input } = Object.fromEntries(new URLSearchParams(body));
        return { operation: Action, input };
      },
      handlers: this.handlers,
      contentType: "text/xml",
      write: (operation) =>
        `<${operation}Response><${operation}Result></${operation}Result></${operation}Response>`,
      writeFault: ({ name, message }) =>
        `<ErrorResponse><Error><Code>${name}</Code><Message>${message}</Message></Error></ErrorResponse>`,
    };
  }
}

function nameOf(name: Input[string], { account }: Caller): string {
  return `${account}/${name}`;
}

function missing(name: unknown): Fault {
  return new Fault("NoSuchEntity", `${name} cannot be found.`, 404);
}

function find(all: Map<string, Members>, name: unknown, caller: Caller): Members {
  const found = all.get(nameOf(name, caller));
  if (!found) throw missing(name);
  return found;
}

function create(all: Map<string, Members>, name: unknown, caller: Caller): object {
  const key = nameOf(name, caller);
  if (all.has(key)) throw new Fault("EntityAlreadyExists", `${name} already exists.`, 409);
  all.set(key, new Set());
  return {};
}

/** Rejected as long as something belongs to it, or it belongs to something. */
function remove(all: Map<string, Members>, name: unknown, caller: Caller, isUsed = false): object {
  if (find(all, name, caller).size > 0 || isUsed)
    throw new Fault("DeleteConflict", `Cannot delete ${name}: something belongs to it.`, 409);
  all.delete(nameOf(name, caller));
  return {};
}
