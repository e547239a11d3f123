"""The generators of tools/: what they wrote is current, and they read the standard's own source."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parent.parent / "tools"


def generate(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the generator of the dictionary."""
    command = [sys.executable, TOOLS / "generate_dictionary.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_dictionary_is_current():
    """The generated tables and the stub are what the generator makes of tools/data."""
    answer = generate("--check")
    assert (0, "", "") == (answer.returncode, answer.stdout, answer.stderr)


def test_the_conformance_statement_is_current():
    """The pages of docs/conformance are what the generator makes of the rows of services and codecs."""
    command = [sys.executable, TOOLS / "generate_conformance.py", "--check"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (0, "", "") == (answer.returncode, answer.stdout, answer.stderr)


# --- the standard's own source ---------------------------------------------------------------------------------------

#: A sample of PS3.6 as DocBook: rows old and new, wrapped and unwrapped, with the invisible characters of the real one.
PART06 = """\
<?xml version="1.0" encoding="utf-8"?>
<book xmlns="http://docbook.org/ns/docbook" xmlns:xl="http://www.w3.org/1999/xlink" xml:id="PS3.6" label="PS3.6">
 <title>PS3.6</title><subtitle>DICOM PS3.6 2031b - Data Dictionary</subtitle>
 <chapter xml:id="chapter_5"><para>Not a table.</para>
  <table xml:id="table_1"><caption>Something else</caption><thead><tr><th><para>Tag</para></th></tr></thead>
   <tbody><tr><td><para>(0010,0010)</para></td></tr></tbody></table>
  <table frame="box" label="6-1" rules="all" xml:id="table_6-1">
   <caption>Registry of DICOM Data Elements</caption>
   <thead><tr valign="top">
    <th><para><emphasis role="bold">Tag</emphasis></para></th>
    <th><para><emphasis role="bold">Name</emphasis></para></th>
    <th><para><emphasis role="bold">Keyword</emphasis></para></th>
    <th><para><emphasis role="bold">VR</emphasis></para></th>
    <th><para><emphasis role="bold">VM</emphasis></para></th><th><para/></th></tr></thead>
   <tbody>
    <tr valign="top"><td align="center" colspan="1" rowspan="1"><para xml:id="p1">(0010,0010)</para></td>
     <td><para>Patient\u2019s Name</para></td><td><para>Patient\u200bName</para></td><td><para>PN</para></td>
     <td><para>1</para></td><td><para/></td></tr>
    <tr><td><para>(0018,9ff0)</para></td><td><para>Shiny New
     Attribute Sequence</para></td><td><para>Shiny\u200bNew\u200bAttribute\u200bSequence</para></td>
     <td><para>SQ</para></td><td><para>1</para></td><td><para/></td></tr>
    <tr><td><para><emphasis role="italic">(0010,0020)</emphasis></para></td>
     <td><para><emphasis role="italic">Patient ID</emphasis></para></td>
     <td><para><emphasis role="italic">Patient\u200bID</emphasis></para></td>
     <td><para><emphasis role="italic">LO</emphasis></para></td>
     <td><para><emphasis role="italic">1</emphasis></para></td>
     <td><para><emphasis role="italic">RET (2031)</emphasis></para></td></tr>
    <tr><td><para>(0028,1200)</para></td><td><para>Gray Lookup Table Data</para></td>
     <td><para>GrayLookupTableData</para></td><td><para>US or SS or OW</para></td><td><para>1-n or 1</para></td>
     <td><para>RET</para></td></tr>
    <tr><td><para>(0018,1153)</para></td><td><para>Exposure in \u00b5As</para></td><td><para>ExposureInuAs</para></td>
     <td><para>IS</para></td><td><para>1</para></td><td><para/></td></tr>
    <tr><td><para>(0028,0020)</para></td><td><para/></td><td><para/></td><td><para/></td><td><para/></td>
     <td><para>RET - See Note 2</para></td></tr>
    <tr><td><para>(60xx,0010)</para></td><td><para>Overlay Rows</para></td><td><para>OverlayRows</para></td>
     <td><para>UL</para></td><td><para>1</para></td><td><para/></td></tr>
    <tr><td><para>(FFFE,E000)</para></td><td><para>Item</para></td><td><para>Item</para></td>
     <td><para>See Note 2</para></td><td><para>1</para></td><td><para/></td></tr>
   </tbody></table>
  <table><caption>Registry of DICOM File Meta Elements</caption>
   <thead><tr><th><para>Tag</para></th><th><para>Name</para></th><th><para>Keyword</para></th><th><para>VR</para></th>
    <th><para>VM</para></th><th><para/></th></tr></thead>
   <tbody><tr><td><para>(0002,0103)</para></td><td><para>Shiny Meta UID</para></td><td><para>ShinyMetaUID</para></td>
    <td><para>UI</para></td><td><para>1-n</para></td><td><para/></td></tr></tbody></table>
  <table xml:id="table_A-1"><caption>UID Values</caption>
   <thead><tr><th><para>UID Value</para></th><th><para>UID Name</para></th><th><para>UID Keyword</para></th>
    <th><para>UID Type</para></th><th><para>Part</para></th></tr></thead>
   <tbody>
    <tr><td><para>1.2.840.10008.\u200b1.\u200b2</para></td>
     <td><para>Implicit VR Little Endian: Default Transfer Syntax for DICOM</para></td>
     <td><para>Implicit\u200bVRLittle\u200bEndian</para></td><td><para>Transfer Syntax</para></td>
     <td><para><olink targetdoc="PS3.5" targetptr="PS3.5" xrefstyle="select: labelnumber"/></para></td></tr>
    <tr><td><para>1.2.840.10008.\u200b5.\u200b1.\u200b4.\u200b1.\u200b1.\u200b999</para></td>
     <td><para>Shiny &amp; New Storage (Retired)</para></td><td><para>ShinyAndNewStorage</para></td>
     <td><para>SOP Class</para></td><td><para/></td></tr></tbody></table>
  <table xml:id="table_A-2"><caption>Well-known Frames of Reference</caption>
   <thead><tr><th><para>UID Value</para></th><th><para>UID Name</para></th><th><para>UID Keyword</para></th>
    <th><para>Normative Reference</para></th></tr></thead>
   <tbody><tr><td><para>1.2.840.10008.1.4.99</para></td><td><para>Shiny Frame of Reference</para></td>
    <td><para>Shiny</para></td><td><para/></td></tr></tbody></table>
  <table xml:id="table_A-3"><caption>Context Group UID Values</caption>
   <thead><tr><th><para>Context UID</para></th><th><para>Context Identifier</para></th>
    <th><para>Context Group Name</para></th><th><para>Comment</para></th></tr></thead>
   <tbody><tr><td><para>1.2.840.10008.6.\u200b1.\u200b99999</para></td>
    <td><para><olink targetdoc="PS3.16" targetptr="sect_CID_88888" xrefstyle="select: labelnumber"/></para></td>
    <td><para><olink targetdoc="PS3.16" targetptr="sect_CID_88888" xrefstyle="select: title"/></para></td>
    <td><para/></td></tr>
    <tr><td><para>1.2.840.10008.6.\u200b1.\u200b1</para></td>
    <td><para><olink targetdoc="PS3.16" targetptr="sect_CID_2" xrefstyle="select: labelnumber"/></para></td>
    <td><para/></td><td><para/></td></tr></tbody></table>
 </chapter>
</book>
"""

#: A sample of PS3.7 as DocBook.
PART07 = """\
<book xmlns="http://docbook.org/ns/docbook" xml:id="PS3.7">
 <subtitle>DICOM PS3.7 2031c - Message Exchange</subtitle>
 <table><caption>Command Fields</caption>
  <thead><tr><th><para>Message Field</para></th><th><para>Tag</para></th><th><para>Keyword</para></th>
   <th><para>VR</para></th><th><para>VM</para></th><th><para>Description of Field</para></th></tr></thead>
  <tbody><tr><td><para>Shiny Command Field</para></td><td><para>(0000,9999)</para></td>
   <td><para>Shiny\u200bCommandField</para></td><td><para>US</para></td><td><para>1</para></td>
   <td><para>RETurned by nobody.</para></td></tr></tbody></table>
 <table><caption>Retired Command Fields</caption>
  <thead><tr><th><para>Message Field</para></th><th><para>Tag</para></th><th><para>Keyword</para></th>
   <th><para>VR</para></th><th><para>VM</para></th><th><para>Description of Field</para></th></tr></thead>
  <tbody><tr><td><para>Message ID</para></td><td><para>(0000,0110)</para></td><td><para>MessageID</para></td>
   <td><para>US</para></td><td><para>1</para></td><td><para/></td></tr></tbody></table>
</book>
"""


@pytest.fixture(scope="module")
def updated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Give a folder whose tables were brought to the edition of the samples, and what the generator said."""
    folder = tmp_path_factory.mktemp("edition")
    shutil.copytree(TOOLS / "data", folder / "data")
    (folder / "part06.xml").write_text(PART06, encoding="utf-8")
    (folder / "part07.xml").write_text(PART07, encoding="utf-8")
    answer = generate(
        "--docbook", folder / "part06.xml", folder / "part07.xml", "--data", folder / "data", "--package", folder
    )
    assert (0, "") == (answer.returncode, answer.stderr)
    return folder, answer.stdout


def table(path: Path) -> dict[str, list[str]]:
    """Give the rows of a table by their first cell."""
    return {line.split("\t")[0]: line.split("\t")[1:] for line in path.read_text(encoding="utf-8").splitlines()}


def test_rows_of_a_new_edition(updated: tuple[Path, str]):
    """Elements that the new edition adds or changes are those of its tables, and nothing else changed."""
    before, after = table(TOOLS / "data" / "dictionary.tsv"), table(updated[0] / "data" / "dictionary.tsv")
    changed = {tag: row[:5] for tag, row in after.items() if row != before.get(tag)}
    assert {
        "00000110": ["MessageID", "Message ID", "US", "1", "Y"],
        "00009999": ["ShinyCommandField", "Shiny Command Field", "US", "1", ""],
        "00020103": ["ShinyMetaUID", "Shiny Meta UID", "UI", "1-n", ""],
        "00100020": ["PatientID", "Patient ID", "LO", "1", "Y"],
        "00189FF0": ["ShinyNewAttributeSequence", "Shiny New Attribute Sequence", "SQ", "1", ""],
        "60xx0010": ["OverlayRows", "Overlay Rows", "UL", "1", ""],
    } == changed
    assert before.keys() <= after.keys()


def test_uids_of_a_new_edition(updated: tuple[Path, str]):
    """UIDs and context groups that the new edition adds are there, and nothing else changed."""
    changed = []
    for name in ("uids.tsv", "context_group_uids.tsv"):
        before, after = table(TOOLS / "data" / name), table(updated[0] / "data" / name)
        changed += [[uid, *row] for uid, row in after.items() if row != before.get(uid)]
    assert [
        ["1.2.840.10008.1.4.99", "Shiny Frame of Reference", "Well-known frame of reference", "Shiny", "", ""],
        ["1.2.840.10008.5.1.4.1.1.999", "Shiny and New Storage", "SOP Class", "ShinyAndNewStorage", "Y", ""],
        ["1.2.840.10008.6.1.99999", "88888"],
    ] == changed


def test_the_generator_says_what_changed(updated: tuple[Path, str]):
    """Each change is one line, and so is each of our rows that the new edition does not have."""
    lines = updated[1].splitlines()
    assert "PS3.6 2031b: (0018,9FF0) new: ShinyNewAttributeSequence" in lines
    assert "PS3.6 2031b: (0010,0020) changed: PatientID" in lines
    assert "PS3.6 2031b: (0010,0030) is not in it and stays: PatientBirthDate" in lines
    assert "PS3.7 2031c: (0000,9999) new: ShinyCommandField" in lines
    assert not [line for line in lines if "PS3.7" in line and "PatientBirthDate" in line]
    assert not [line for line in lines if line.endswith((": PatientName", ": GrayLookupTableData"))]


def test_the_new_edition_is_generated(updated: tuple[Path, str]):
    """The generated files are those of the new edition, the stub included."""
    scope: dict[str, object] = {}
    exec((updated[0] / "dictionary" / "_elements.py").read_text(encoding="utf-8"), scope)
    assert "2031b" == scope["EDITION"]
    assert "ShinyNewAttributeSequence" in str(scope["KEYWORDS"]).split("\n")
    stub = (updated[0] / "dataset" / "_keywords.pyi").read_text(encoding="utf-8")
    assert "    ShinyNewAttributeSequence: _SQ\n" in stub
    assert table(updated[0] / "data" / "edition.tsv") == {
        "part": ["edition"], "PS3.6": ["2031b"], "PS3.7": ["2031c"]
    }  # fmt: skip


def test_a_second_run_changes_nothing(updated: tuple[Path, str]):
    """What the generator wrote it finds current."""
    folder = updated[0]
    answer = generate("--check", "--data", folder / "data", "--package", folder)
    assert (0, "") == (answer.returncode, answer.stdout)


def test_a_stale_file_is_named(updated: tuple[Path, str], tmp_path: Path):
    """`--check` names the files that are not what they should be, and leaves them alone."""
    shutil.copytree(updated[0] / "dictionary", tmp_path / "dictionary")
    stale = tmp_path / "dictionary" / "_uids.py"
    stale.write_text(stale.read_text(encoding="utf-8").replace("Verification", "verification"), encoding="utf-8")
    answer = generate("--check", "--data", updated[0] / "data", "--package", tmp_path)
    assert (1, "not current: dictionary/_uids.py\nnot current: dataset/_keywords.pyi\n") == (
        answer.returncode, answer.stdout
    )  # fmt: skip
    assert "verification" in stale.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["<book/>", PART06.replace("PS3.6 2031b", "PS3.16 2031b"), PART07.replace("Tag", "T")])
def test_a_file_that_is_neither_part(text: str, tmp_path: Path):
    """A file without the expected title or tables is refused, before anything is written."""
    path = tmp_path / "other.xml"
    path.write_text(text, encoding="utf-8")
    shutil.copytree(TOOLS / "data", tmp_path / "data")
    answer = generate("--docbook", path, "--data", tmp_path / "data", "--package", tmp_path / "package")
    assert (1, False) == (answer.returncode, (tmp_path / "package").exists())
    assert "other.xml" in answer.stderr
