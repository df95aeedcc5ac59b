import { architectureOf } from "../aws/base-images";
import { MIN_HOST_SIZE_GIB } from "../aws/container-hosts";
import { containerArchitecture } from "../resolve/container-base";
import { lineageOf } from "../resolve/lineage";
import { missingFile, wrongFiles } from "./files";
import { instanceTypesOf } from "./operating-systems";
import { allContainers, type Rule, type Subject, type SubjectContainer } from "./subject";
import { settingProblems } from "./volumes";

const dockerfileIsThere: Rule = (subject) =>
  allContainers(subject).flatMap(({ path, dockerfile }) =>
    missingFile(subject.files.dockerfiles, [...path, "dockerfile"], dockerfile),
  );

const dockerfileIsRight: Rule = ({ files: { dockerfiles } }) => wrongFiles(dockerfiles);

/** Why a container is for one processor and no other. */
function whyOne({ goldenContainers }: Subject, container: SubjectContainer): string {
  const base = lineageOf(container, goldenContainers).at(-1);
  if (base?.parent?.awsManaged !== undefined) return `as ${base.parent.awsManaged} is`;
  return container.parent.golden === undefined
    ? "as the first is: an image is for one"
    : `as ${base?.name} is`;
}

const oneProcessor: Rule = (subject) =>
  allContainers(subject).flatMap((container) => {
    const wanted = containerArchitecture(
      container,
      subject.goldenContainers,
      subject.defaultInstanceTypes,
    );
    return instanceTypesOf(subject, container).flatMap(({ path, type, isDefault }) => {
      if (type.startsWith("mac"))
        return [{ path, message: "must not be a Mac, which runs no containers", got: type }];
      const message = `must be of ${wanted}, ${whyOne(subject, container)}${isDefault ? ": the defaults' are not" : ""}`;
      return architectureOf(type) === wanted ? [] : [{ path, message, got: type }];
    });
  });

/** https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateContainerRecipe.html, and docs/provider-gaps.md. */
const registryIsForLinux: Rule = (subject) =>
  allContainers(subject)
    .filter(({ parent: { registry } }) =>
      /^mcr\.microsoft\.com\/(windows\b|dotnet\/framework\b|.*:.*(nanoserver|windowsservercore|ltsc\d))/.test(
        registry ?? "",
      ),
    )
    .map(({ path, parent: { registry } }) => ({
      path: [...path, "parent", "registry"],
      message:
        "is for Windows, whose version Terraform can't say: of a registry it takes Linux images, of awsManaged both",
      got: registry,
    }));

/** https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_Schedule.html: what moves a tag in a registry is no update. A digest has none. */
const updatesAreKnown: Rule = (subject) =>
  allContainers(subject)
    .filter(
      ({ parent: { registry }, onlyOnUpdates }) =>
        onlyOnUpdates && registry?.includes("@") === false,
    )
    .map(({ path }) => ({
      path: [...path, "schedule", "onlyOnUpdates"],
      message:
        "must be false on a registry's tag, whose updates Image Builder doesn't know of; or name the parent by digest",
    }));

const hostVolumeFits: Rule = (subject) =>
  allContainers(subject).flatMap(({ path, hostVolume }) => {
    const { sizeGib } = hostVolume;
    const at = [...path, "hostVolume"];
    return [
      ...settingProblems(at, hostVolume),
      ...(sizeGib !== undefined && sizeGib < MIN_HOST_SIZE_GIB
        ? [
            {
              path: [...at, "sizeGib"],
              message: `must be ${MIN_HOST_SIZE_GIB} at least, as the image of the host is`,
              got: sizeGib,
            },
          ]
        : []),
    ];
  });

export const containerRules: readonly Rule[] = [
  dockerfileIsThere,
  dockerfileIsRight,
  oneProcessor,
  registryIsForLinux,
  updatesAreKnown,
  hostVolumeFits,
];
