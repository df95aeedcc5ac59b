/** What the function is told by its environment. */
export interface Environment {
  /** 12 digits: the account whose images are shared. */
  readonly accountId: string;
}

/** As variables, for the infrastructure. */
export const renderEnvironment = ({ accountId }: Environment): Record<string, string> => ({ ACCOUNT_ID: accountId });

/** From variables, for the function; throws an `Error` that names the one that is missing. */
export const parseEnvironment = ({ ACCOUNT_ID: accountId }: NodeJS.ProcessEnv): Environment => {
  if (accountId === undefined) throw new Error("the environment lacks ACCOUNT_ID");
  return { accountId };
};
