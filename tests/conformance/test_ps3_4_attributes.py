"""Tables of attributes of PS3.4, by tag, against those of `dicomkit.net.services`.

A line is a tag behind one ``>`` for each sequence it is in, and its cells. Rows of included macros and "all other
attributes" are left out here.
"""

from __future__ import annotations

import pytest

from dicomkit.core.tag import Tag
from dicomkit.net.services import STUDY_ROOT, AttributeTable
from dicomkit.net.services.availability import AVAILABILITY_ATTRIBUTES
from dicomkit.net.services.event_logging import PROCEDURAL_ACTIONS, SUBSTANCE_ACTIONS
from dicomkit.net.services.media_creation import MEDIA_CREATION_ATTRIBUTES
from dicomkit.net.services.performed_step import PERFORMED_STEP_ATTRIBUTES
from dicomkit.net.services.work_item_attributes import WORK_ITEM_ATTRIBUTES
from dicomkit.net.services.worklist import WORKLIST_KEYS

C_6_5 = """
00080020 R
00080030 R
00080050 R
00100010 R
00100020 R
00200010 R
0020000D U
00080061 O
00080062 O
00080090 O
00081030 O
00081032 O
00081060 O
00081080 O
00081110 O
>00081150 O
>00081155 O
00081120 O
>00081150 O
>00081155 O
00100021 O
00100030 O
00100032 O
00100040 O
00101001 O
00101010 O
00101020 O
00101030 O
00102160 O
00102180 O
001021B0 O
00104000 O
00201070 O
00201200 O
00201202 O
00201204 O
00201206 O
00201208 O
"""

F_7_2_1 = """
00400270 1/1 x
>0020000D 1/1 x
>00081110 2/2 x
>>00081150 1/1 x
>>00081155 1/1 x
>00080050 2/2 x
>00080051 3/3 x
>00402016 3/3 x
>00400026 3/3 x
>>00400031 1C/1C x
>>00400032 1C/1C x
>>00400033 1C/1C x
>00402017 3/3 x
>00400027 3/3 x
>00401001 2/2 x
>00321064 3/3 x
>00321060 2/2 x
>00400009 2/2 x
>00400007 2/2 x
>00400008 2/2 x
00100010 2/2 x
00100020 2/2 x
00100021 3/3 x
00100024 3/3 x
>00400032 3/3 x
>00400033 1C/1C x
00101002 3/3 x
00100030 2/2 x
00100040 2/2 x
00081120 2/2 x
>00081150 1/1 x
>00081155 1/1 x
00380010 3/3 x
00380014 3/3 x
00380060 3/3 x
00380064 3/3 x
00380062 3/3 x
00400253 1/1 x
00400241 1/1 x
00400242 2/2 x
00400243 2/2 x
00400244 1/1 x
00400245 1/1 x
00400252 1/1 3/1
00400254 2/2 3/2
00400255 2/2 3/2
00081032 2/2 3/2
00401012 3/3 3/3
00400250 2/2 3/1 1
00400251 2/2 3/1 1
00400280 3/3 3/3
00400281 3/3 3/3
00080060 1/1 x
00200010 2/2 x
00400260 2/2 3/2
00400340 2/2 3/1 1
>00081050 2/2 2/2 2
>00181030 1/1 1/1 1
>00081070 2/2 2/2 2
>0020000E 1/1 1/1 1
>0008103E 2/2 2/2 2
>00080054 2/2 2/2 2
>0040A494 3/3 3/3
>00081140 2/2 2/2
>>00081150 1/1 1/1
>>00081155 1/1 1/1
>>00400512 3/3 3/3
>>00400560 3/3 3/3
>>>00400551 1/1 1/1
>>>00400554 1/1 1/1
>00400220 2/2 2/2
>>00081150 1/1 1/1
>>00081155 1/1 1/1
"""

K_6_1 = """
00400100 R 1
>00400001 R 1
>00400002 R 1
>00400003 R 1
>00080060 R 1
>00400006 R 2
>00400007 O 1C
>00400010 O 2
>00400011 O 2
>0018990C O 3
>>00081150 O 1
>>00081155 O 1
>0018990D O 3
>00400008 O 1C
>>00400440 - 3
>>>0040A040 - 1
>>>0040A043 - 1
>00400012 O 2C
>00400009 O 1
>00321070 O 2C
>00400020 O 3
00400500 O 3
>00400512 O 1
>00400518 - 2
>00400560 O 1
>>00400551 O 1
>>00400554 O 1
22000005 O 3
00401001 O 1
00321060 O 1C
00321064 O 1C
0020000D O 1
00080020 O 3
00080030 O 3
00081110 O 2
>00081150 O 1
>00081155 O 1
00401003 O 2
00401004 O 2
00080050 O 2
00080051 O 3
00321032 O 2
00080090 O 2
00380010 O 2
00380014 O 3
00380300 O 2
00081120 O 2
00100010 R 1
00100020 R 1
00100021 O 3
00100024 O 3
00101002 O 3
00100030 O 2
00100040 O 2
00100101 O 3
>00100102 O 3
00101030 O 2
00101020 O 3
00403001 O 2
00380500 O 2
001021C0 O 2
00102000 O 2
00102110 O 2
00380050 O 2
00380100 O 3
"""

R_3_2_1 = """
00080005 1C/1C
00081111 2/2
>00081150 1/1
>00081155 1/1
>00404019 2/2
0020000D 1/1
00081115 1/1
>0020000E 1/1
>00081199 1/1
>>00081150 1/1
>>00081155 1/1
>>00080056 1/1
>>00080054 1/1
>>0040E011 3/3
>>0040E010 3/3
>>00081190 3/3
>>00880130 3/3
>>00880140 3/3
"""

S_3_2_1 = """
00080005 1C/1C
00880130 3/3
00880140 3/3
22000001 3/1C
22000002 3/1C
22000003 3/1C
22000005 3/3
22000006 3/3
22000004 3/3
22000007 3/1C
2200000F 3/1C
22000008 3/1C
22000009 3/1C
2200000A 3/3
00081199 1/1
>00081150 1/1
>00081155 1/1
>2200000C 3/1
>00880200 3/1C
"""

P_2_2 = """
00080005 1C/1C
00100020 2/2
0020000D 2/2
00200010 2/2
00200200 2/2
00400243 2/2
"""

P_3_2 = """
00080005 1C/1C
00100020 1C/1C
00100021 3/2
00100010 2/2
00380010 1C/1C
00380011 3/2
00440001 1C/1C
00440008 1C/1C
00440009 3/3
00440010 1/1
00440011 3/2
00440012 3/3
00540302 2/2
00440019 3/3
00081072 1/1
>00401101 1/1
"""

# N-CREATE, N-SET, final state, N-GET, matching and return keys; of Transaction UID only what it says in codes.
CC_2_5_3 = """
00741200 1/1 3/1 R 3/1 R 1
00404010 -/1 -/1 R 3/1 O 3
00741204 1/1 3/1 O 3/1 R 1
00741202 2/1 3/1 O 3/1 R 1
00741210 2/2 3/2 O 3/2 - 2
00404025 2/2 3/2 O 3/2 R 2
00404026 2/2 3/2 O 3/2 R 2
00404027 2/2 3/2 O 3/2 R 2
00404034 2C/2C 3/2 O 3/2 R 2
>00404009 1/1 1/1 O -/1 R 1
>00404037 1/1 1/1 O -/1 O 3
>00404036 1/1 1/1 O -/1 O 3
00404005 1/1 3/1 R 3/1 R 1
00404011 3/1 3/1 O 3/1 R 3
00404008 3/3 3/3 O 3/3 O 3
00404018 2/2 3/1 O 3/1 R 2
00400400 2/2 3/1 O 3/1 O 3
00404041 1/1 3/1 R 3/1 R 1
00404021 2/2 3/2 O 3/2 O 2
0020000D 1C/2 3/2 O 3/2 O 2
00100010 2/2 x/x O 3/2 R 2
00100020 1C/2 x/x O 3/2 R 2
00101002 2/2 3/3 O 3/2 O 2
00100030 2/2 x/x O 3/2 R 2
00100040 2/2 x/x O 3/2 R 2
00380010 2/2 x/x O 3/2 R 2
00380014 2/2 x/x O 3/2 R 2
00081080 2/2 x/x O 3/2 O 2
00081084 2/2 x/x O 3/2 O 2
0040A370 2/2 x/x O 3/2 R 2
>0020000D 1/1 x/x O -/1 O 1
>00080050 2/2 x/x O -/2 R 2
>00080051 2/2 x/x O -/2 R 2
>00402016 3/1 x/x O -/1 O 1C
>00400026 2/2 x/x O -/2 O 2
>00402017 3/1 x/x O -/1 O 1C
>00400027 2/2 x/x O -/2 O 2
>00401001 2/2 x/x O -/2 R 2
>00321060 2/2 x/x O -/2 O 2
>00321064 2/2 x/x O -/2 O 2
>00401002 3/3 3/3 O -/3 O 3
>0040100A 3/3 3/3 O -/3 O 3
>00401400 3/3 3/3 O -/3 O 1C
>00321033 3/1 3/1 O -/3 R 3
00741224 1C/1C x/x O 3/2 R 3
00102000 3/2 3/2 O 3/2 O 2C
001021C0 3/2 3/2 O 3/2 O 2C
00380050 3/2 3/2 O 3/2 O 2C
00741000 1/1 x/x R 3/1 R 1
00741002 0/2 3/2 X 3/2
>00741004 x/x 3/1 O -/1 - -
>00741006 x/x 3/1 O -/1 - -
>00741008 x/x 3/1 O -/1 - -
>>0074100A x/x 1/1 O -/1 - -
>>0074100C x/x 3/1 O -/1 - -
>00404052 x/x 3/1 X -/1 - -
>00741238 x/x 3/1 O -/1 - -
>0074100E x/x 3/1 X -/1
00741216 0/2 3/2 P 3/2 - -
>00404035 x/x 3/1 RC -/1 O 1C
>>00404009 x/x 3/1 RC -/1 - -
>>00404037 x/x 3/1 RC -/1 - -
>>00404036 x/x 3/1 O -/1 - -
>00404028 x/x 3/2 P -/2 O 3
>00404029 x/x 3/2 O -/2 - -
>00404030 x/x 3/2 O -/2 - -
>00404050 x/x 3/1 P -/1 - -
>00400254 x/x 3/1 O -/1 - -
>00400280 x/x 3/1 O -/1 - -
>00404019 x/x 3/1 P -/1 - -
>00741212 x/x 3/1 O -/1 - -
>00404051 x/x 3/1 P -/1 O 1C
>00404033 x/x 2/2 P0 -/2 - -
"""

TABLES = [
    pytest.param(C_6_5, STUDY_ROOT.levels[0].keys, id="C.6-5"),
    pytest.param(F_7_2_1, PERFORMED_STEP_ATTRIBUTES, id="F.7.2-1"),
    pytest.param(K_6_1, WORKLIST_KEYS, id="K.6-1"),
    pytest.param(R_3_2_1, AVAILABILITY_ATTRIBUTES, id="R.3.2-1"),
    pytest.param(S_3_2_1, MEDIA_CREATION_ATTRIBUTES, id="S.3.2.1.1-1"),
    pytest.param(P_2_2, PROCEDURAL_ACTIONS[0].information, id="P.2-2"),
    pytest.param(P_3_2, SUBSTANCE_ACTIONS[0].information, id="P.3-2"),
    pytest.param(CC_2_5_3, WORK_ITEM_ATTRIBUTES, id="CC.2.5-3"),
]


def rows(text: str) -> list[tuple[tuple[int, ...], tuple[str, ...]]]:
    """Give each line as the tags of its sequences and its own, and its cells."""
    found = []
    path: list[int] = []
    for line in text.strip().splitlines():
        marked, *cells = line.split()
        tag = marked.lstrip(">")
        path = [*path[: len(marked) - len(tag)], int(Tag(tag))]
        found.append((tuple(path), tuple(cells)))
    return found


@pytest.mark.parametrize(("text", "table"), TABLES)
def test_tables_equal_the_standards(text: str, table: AttributeTable):
    """Each row of the standard is in the table of the code, under the same sequences, with the same cells."""
    ours = {}
    tags = {}
    for path, row in table.walk():
        tags[path, row.keyword] = (*(tags[path[:-1], path[-1]] if path else ()), int(row.tag))
        ours[tags[path, row.keyword]] = row.cells
    for path, cells in rows(text):
        assert cells == ours[path][: len(cells)], [str(Tag(tag)) for tag in path]
