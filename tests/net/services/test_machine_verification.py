"""RT machine verification."""

from __future__ import annotations

from dicomkit import Dataset
from dicomkit.net.services import check_request
from dicomkit.net.services.machine_verification import MACHINE_VERIFICATION


def test_a_verification_is_of_a_plan():
    """PS3.4 table DD.3.2.1-1: plan, patient, and an empty sequence that N-SET fills."""
    plan = Dataset(ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.481.5", ReferencedSOPInstanceUID="1.2")
    for row in MACHINE_VERIFICATION.sop_classes:
        ds = Dataset(ReferencedRTPlanSequence=[plan.copy()], PatientID="1", GeneralMachineVerificationSequence=[])
        assert check_request(row, "n-create", ds).is_success
        ds.TreatmentVerificationStatus = "VERIFIED"
        assert 0x0106 == check_request(row, "n-create", ds).status
        assert (
            0x0106
            == check_request(
                row,
                "n-set",
                Dataset(
                    PatientID="2",
                    GeneralMachineVerificationSequence=[
                        Dataset(
                            TreatmentMachineName="A",
                            RadiationType="PHOTON",
                            NumberOfWedges=0,
                            NumberOfCompensators=0,
                            NumberOfBoli=0,
                            NumberOfBlocks=0,
                            NumberOfControlPoints=1,
                        )
                    ],
                ),
            ).status
        )
