"""What an archive of images is asked for: real archives, in both shells."""

import io
import json
import tarfile

import pytest

from deployer.modules import docker_image_load as module
from deployer.sdk import coerce

ONE, TWO = "a" * 64, "b" * 64


def archive(path, manifest, index=None, mode="w"):
    with tarfile.open(path, mode) as tar:
        for name, content in (("manifest.json", manifest), ("index.json", index)):
            if content is not None:
                data = (
                    content.encode() if isinstance(content, str) else json.dumps(content).encode()
                )
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
    return str(path)


def look(docker, path, *present):
    """The state, with a docker that has these (tag, id) pairs."""
    lines = "\n".join(
        json.dumps({"Id": f"sha256:{digest}", "RepoTags": [tag] if tag else []})
        for tag, digest in present
    )
    (docker.folder / "present").write_text(lines + "\n" if lines else "")
    docker.says(f"'image inspect'*) cat {docker.folder}/present; exit {0 if present else 1} ;;")
    args = coerce(module.Args, "docker_image_load", {"path": path})
    return args, module.parse(args, docker.run(module.probe(args)))


MANIFEST = [
    {"Config": f"blobs/sha256/{ONE}", "RepoTags": ["web:v1", "reg.example.com:5000/web:v1"]},
    {"Config": f"{TWO}.json", "RepoTags": None},
]


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_docker_is_asked_for_every_tag_and_id(docker, tmp_path, mode):
    path = archive(tmp_path / "x.tar", MANIFEST, mode=mode)
    args, state = look(docker, path)
    asked = docker.asked[-1].split()
    assert asked[-4:] == [f"sha256:{ONE}", f"sha256:{TWO}", "web:v1", "reg.example.com:5000/web:v1"]
    assert [str(change) for change in module.diff(args, state)] == [
        f"load images of {path}: not present: web:v1, reg.example.com:5000/web:v1, sha256:{TWO}"
    ]


def test_images_that_are_there_need_no_load(docker, tmp_path):
    path = archive(tmp_path / "x.tar", MANIFEST)
    tags = [("web:v1", ONE), ("reg.example.com:5000/web:v1", ONE), ("", TWO)]
    args, state = look(docker, path, *tags)
    assert module.diff(args, state) == []
    values = module.report(args, state).values
    assert values["image_names"] == ["web:v1", "reg.example.com:5000/web:v1", f"sha256:{TWO}"]


def test_a_tag_that_names_another_image_is_missing(docker, tmp_path):
    path = archive(tmp_path / "x.tar", [{"Config": f"{ONE}.json", "RepoTags": ["web:v1"]}])
    args, state = look(docker, path, ("web:v1", TWO))
    assert [change.cause for change in module.diff(args, state)] == ["not present: web:v1"]


def test_images_kept_in_containerd_are_known_by_their_manifests(docker, tmp_path):
    index = {
        "manifests": [
            {
                "digest": f"sha256:{TWO}",
                "annotations": {"io.containerd.image.name": "docker.io/library/web:v1"},
            }
        ]
    }
    path = archive(tmp_path / "x.tar", [{"Config": f"{ONE}.json", "RepoTags": ["web:v1"]}], index)
    args, state = look(docker, path, ("web:v1", TWO))
    assert module.diff(args, state) == []


def test_an_archive_without_a_manifest_is_tried(docker, tmp_path):
    path = archive(tmp_path / "x.tar", None)
    args, state = look(docker, path)
    assert [change.cause for change in module.diff(args, state)] == ["the archive has no manifest"]


def test_an_archive_that_is_not_there_yet(docker, tmp_path):
    args, state = look(docker, str(tmp_path / "none.tar"))
    causes = [change.cause for change in module.diff(args, state)]
    assert causes == ["the archive is not there (so far)"]
