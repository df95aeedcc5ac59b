import { architectureOf } from "../base-images";
import { LEAST_HOST_GIB } from "../containers";
import { instanceTypesOf } from "./operating-systems";
import { allContainers, type Rule } from "./subject";
import { settingProblems } from "./volumes";

const dockerfileIsThere: Rule = (subject) =>
  allContainers(subject).flatMap(({ path, dockerfile }) => {
    const read = subject.files.dockerfiles.get(dockerfile ?? "");
    return read && "problems" in read && read.problems.length === 0
      ? [{ path: [...path, "dockerfile"], message: "there is no such file", got: dockerfile }]
      : [];
  });

/** Each once, however many containers use it. */
const dockerfileIsRight: Rule = ({ files: { dockerfiles } }) =>
  [...dockerfiles.values()].flatMap((read) => ("problems" in read ? read.problems : []));

/** Image Builder makes images of one processor: the host's. AWS's own are for x86_64: https://github.com/aws/ec2-image-builder-roadmap/issues/93 */
const oneProcessor: Rule = (subject) =>
  allContainers(subject).flatMap((container) => {
    const types = instanceTypesOf(subject, container);
    const [wanted, why] =
      container.parent.awsManaged !== undefined
        ? ["x86_64", "as AWS's own container images are"]
        : [architectureOf(types[0]?.type ?? ""), `as ${types[0]?.type} is, because an image is for one`];
    return types.flatMap(({ path, type }) => {
      if (type.startsWith("mac")) return [{ path, message: "must not be a Mac, which runs no containers", got: type }];
      return architectureOf(type) === wanted ? [] : [{ path, message: `must be of ${wanted}, ${why}`, got: type }];
    });
  });

const hostVolumeFits: Rule = (subject) =>
  allContainers(subject).flatMap(({ path, hostVolume }) => {
    const { sizeGib } = hostVolume;
    const at = [...path, "hostVolume"];
    return [
      ...settingProblems(at, hostVolume),
      ...(sizeGib !== undefined && sizeGib < LEAST_HOST_GIB
        ? [
            {
              path: [...at, "sizeGib"],
              message: `must be ${LEAST_HOST_GIB} at least, as the image of the host is`,
              got: sizeGib,
            },
          ]
        : []),
    ];
  });

export const containerRules: readonly Rule[] = [dockerfileIsThere, dockerfileIsRight, oneProcessor, hostVolumeFits];
