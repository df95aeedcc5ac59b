import { LIBRARY } from "../library";
import type { Choices, SupportedPlatform } from "./answers";
import { PACKAGE_FOLDER } from "./package-source";

interface Components {
  /** AWS-managed component that installs updates. */
  readonly update: string;
  /** Document of the library. */
  readonly hardening: string;
}

export const COMPONENTS: Readonly<Record<SupportedPlatform, Components>> = {
  Linux: { update: "update-linux", hardening: "hardening-linux" },
  Windows: { update: "update-windows", hardening: "hardening-windows" },
};

/** Renders the factory file of a new repository. */
export function renderFactoryFile(choices: Choices): string {
  const { organization, managementAccount, sharedAccount, regions } = choices;
  const { platform, image, parent, channel } = choices;
  const { update, hardening } = COMPONENTS[platform];
  return `# yaml-language-server: $schema=${PACKAGE_FOLDER}/factory.schema.json
# Every key: ${PACKAGE_FOLDER}/docs/reference/factory-yaml.md
organization:
  id: ${organization}
  managementAccountId: "${managementAccount}"
state:
${stateLines(choices)}
${ciLine(choices)}sharedAccount:
  id: "${sharedAccount}"
  # notify: { emails: [platform@example.com] } # receives messages about builds and alarms
  regions:
${regionLines(regions)}
images:
  ${scalar(image)}:
    parent: { awsManaged: ${parent} }
    version: "1.0"
    components:
      - { awsManaged: ${update} }
      - { document: ${LIBRARY.component.folder}/${hardening}.yaml }
    share:
      channels:
        ${scalar(channel)}: { principals: { organization: true } }
    retain: { builds: 10 }
${appAccountLines(choices, update)}`;
}

function stateLines({ state, regions: [region] }: Choices): string {
  if (state.backend === "cloud")
    return `  backend: cloud\n  organization: ${scalar(state.organization)}`;
  return `  backend: s3\n  bucket: ${JSON.stringify(state.bucket)}\n  region: ${region}`;
}

function ciLine({ repository }: Choices): string {
  return repository === undefined
    ? ""
    : `ci: { github: { repository: ${JSON.stringify(repository)} } }\n`;
}

function regionLines(regions: readonly string[]): string {
  return regions.map((region) => `    ${region}: {}`).join("\n");
}

function appAccountLines({ appAccount, image, regions }: Choices, update: string): string {
  if (!appAccount) return "";
  return `appAccounts:
  ${scalar(appAccount.name)}:
    id: "${appAccount.id}"
    # notify: { emails: [${appAccount.name}@example.com] }
    regions:
${regionLines(regions).replaceAll("    ", "      ")}
    images:
      ${appAccount.name}-server:
        parent: { golden: ${scalar(image)} }
        version: "1.0"
        components:
          - { awsManaged: ${update} } # replace it with the components of your application
`;
}

/** Renders a name in YAML. In quotes if it could be read as a number, a boolean or nothing. */
function scalar(name: string): string {
  return /^[a-z]/i.test(name) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(name)
    ? name
    : JSON.stringify(name);
}
