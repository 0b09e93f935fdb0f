"""What the terminal answers: a request in, a result file out."""

from collections import namedtuple
from functools import partial
from datetime import timedelta

import terminal_wire
from terminal_layout import FAMILIES, RECORD, RESULT_HEADER, SETTINGS, \
    SHARING, STATUS, fill, reason
from terminal_register import BY_US, ENDED, LOST, MOVED, NO, YES, month_end, \
    stamp

Answer = namedtuple("Answer", "extension raw")
Batch = namedtuple("Batch", "stem request units")

# OQSCD003 and 004
DONE, BUSY, FAILED = "1", "2", "9"
GOOD, BAD = "1", "2"

# The official codes are not public: these are the fake's own, and no client
# may depend on one.
MESSAGES = {
    "OUTAGE": "センターと通信できません",
    "UNKNOWN": "受付番号がありません",
    "NONE": "該当する資格がありません",
    "SEVERAL": "該当する資格が複数あります",
    "TAKEN": "照会番号は登録済みです",
    "CONSENT": "有効な同意がありません",
    "OFF": "この機能は利用しない設定です",
}

# OQSCD036
REVOKED = {"TSR": "disease", "TKK": "checkup", "YZK": "drug",
           "SRJ": "diagnosis", "SHJ": "operation"}

# Not this institution, with a wrong check digit as the right one has.
OTHER_INSTITUTION = "1319999998"
OTHER_IDENTIFIER = "another-identifier"

VIEW_ITEMS = {("TKK", "1"): ("checkup",), ("TKK", "2"): ("checkup",),
              ("YZK", "1"): ("drug",), ("YZK", "2"): ("drug",),
              ("YZK", "3"): ("drug", "diagnosis"),
              ("YZK", "4"): ("drug", "diagnosis")}


def code(word):
    return "FAKE-" + word


def echo(node):
    """The question as it was asked."""
    return (node.name, [echo(child) for child in node.children]
            if node.children else node.text)


def padded(number):
    return number.rjust(8)


def tickets(coverage, month, own):
    """3.4, for the month asked; the register has no dates in them."""
    filled = []
    for ticket in coverage.get("tickets", ()):
        filled.append(dict(
            ticket["values"],
            MedicalTreatmentMonth=month,
            MedicalTicketValidDate=month + "01",
            MedicalTicketExpirationDate=month_end(month + "01", 0),
            DesignatedMedicalInstitutionCode=own if ticket["own"]
            else OTHER_INSTITUTION,
            DesignatedMedicalInstitutionFlag="0" if ticket["own"] else "1"))
    return filled


def families(consent):
    """Flag family -> item; those of the charts only where they exist."""
    rows = [(family, item) for item, family in FAMILIES.items()]
    shared = consent.person.get("sharing")
    if shared is not None:
        rows += [(family, item) for item, family in SHARING.items()]
    return rows


def card_flags(consent, now):
    """Consent of a card reading: every family says yes, no or ended, and
    why it ended (OQSCD031)."""
    flags = {}
    shared = consent.person.get("sharing", ())
    for family, item in families(consent):
        # What is shared of a chart goes with the diagnoses.
        base = item if item in FAMILIES else "diagnosis"
        state = consent.state(base, now) \
            if base == item or item in shared else NO
        flags[family + "ConsFlg"] = state
        if state != NO:
            flags[family + "ConsTime"] = consent.time
            flags[family + "AvailableTime"] = consent.available(base)
        if state == ENDED and item in FAMILIES:
            flags[reason(family)] = consent.reason(item)
    return flags


def unknown(groups):
    """What no layout has: name -> text or more of it."""
    return [(name, value if isinstance(value, str) else unknown(value))
            for name, value in groups.items()]


def months(first, last):
    while first <= last:
        yield first
        first = month_end(first + "01", 1)[:6]


def dispensed(month, prefix, with_care):
    """2.5: one day's drugs; where they are not of a receipt, every tag
    carries the prefix."""
    def tagged(rows):
        return [(prefix + name, value) for name, value in rows]
    drug = tagged([("DrugC", "620000001"), ("DrugN", "見本錠５ｍｇ"),
                   ("Qua1", "1"), ("Unit", "錠"),
                   ("UsageN", "１日１回朝食後"), ("Times", "14"),
                   ("IngreN", "見本成分")])
    day = tagged([("DiDate", month + "05"), ("PrDate", month + "05"),
                  ("DrugInfs", [(prefix + "DrugInf", drug)])])
    if with_care:
        day.append(("MeTrInfs", [("MeTrInf", [
            ("SinInfCd", "112007410"), ("SinInfN", "再診"),
            ("Times", "1")])]))
    return day


class Answers:
    def __init__(self, options, register, clock):
        self.options = options
        self.register = register
        self.clock = clock
        self.wire = terminal_wire.Wire(options)
        self.batches = {}
        self.polled = {}
        self.makers = {
            "OQSsiquc01": self.confirm, "OQSsiimm01": self.link,
            "OQSmuquc01": self.accept, "OQSmuimm01": self.accept,
            "OQSmutic01": self.accept, "OQSmuhvq01": self.accept,
            "OQSmuonq01": self.accept,
            "TKKsiquc01": self.view, "YZKsiquc01": self.view,
            "OQSsihvq01": self.again, "OQSsionq01": self.again,
            "OQSsihvd01": self.revoke, "OQSsiurl01": self.address,
            "OQSsiinq01": self.settings, "OQSsiupd01": self.settings,
        }
        numbered = {"029": self.accept, "033": self.accept,
                    "049": self.passcode, "051": self.activations,
                    "053": self.activate, "055": self.deactivate}
        self.makers.update((stem, numbered[number])
                           for number, stem in options.stem
                           if number in numbered)
        self.units = {
            "OQSmuquc": self.confirmed_units, "OQSmuimm": self.linked_units,
            "OQSmutic": self.ticket_units, "OQSmuhvq": self.consent_units,
            "OQSmuonq": self.consent_units,
        }
        # Without the two digits: one list's 01 and 02 are one stem.
        self.units.update(
            (stem[:-2], partial(self.again_units, care))
            for number, stem in options.stem
            for asking, care in (("029", "2"), ("033", "3"))
            if number == asking)

    def answer(self, name, request, outage):
        """The result of a request that passed the checks; name without
        extension, for archives."""
        maker = self.makers.get(request.kind.stem, self.fetch)
        if outage:
            return self.failed(name, request, "OUTAGE")
        return maker(name, request)

    # Parts

    def header(self, request, **more):
        asked = request.header
        values = dict(
            ProcessExecutionTime=stamp(self.clock()),
            QualificationConfirmationDate=asked.get(
                "QualificationConfirmationDate", ""),
            MedicalInstitutionCode=asked["MedicalInstitutionCode"],
            ArbitraryFileIdentifier=asked.get("ArbitraryFileIdentifier", ""),
            SegmentOfResult=DONE,
            CharacterCodeIdentifier=self.wire.identifier)
        values.update(more)
        if self.options.wrong_identifier:
            values["ArbitraryFileIdentifier"] = OTHER_IDENTIFIER
        if self.options.wrong_institution:
            values["MedicalInstitutionCode"] = OTHER_INSTITUTION
        return fill(RESULT_HEADER, values)

    def xml(self, name, header, body):
        return Answer("xml", self.wire.xml(name, header, body))

    def failed(self, name, request, word):
        """3.6: abnormal end, nothing usable in it."""
        header = self.header(request, SegmentOfResult=FAILED,
                             ErrorCode=code(word),
                             ErrorMessage=MESSAGES[word])
        return self.xml(name, header, fill(STATUS, {
            "ProcessingResultStatus": BAD}))

    def status(self, word, message=""):
        return fill(STATUS, {
            "ProcessingResultStatus": GOOD if word in ("", "REMARK") else BAD,
            "ProcessingResultCode": code(word) if word else "",
            "ProcessingResultMessage": message or MESSAGES.get(word, "")})

    def name(self, person):
        shown = person["Name"]
        return shown if self.options.keep_glyphs else \
            person.get("NameShown", shown)

    def record(self, person, coverage, day, flags, single=True):
        """3.3; flags: the consent elements of this route."""
        values = dict(person, **coverage)
        values.update(flags)
        values["Name"] = self.name(person)
        values["InsurerNumber"] = padded(coverage["InsurerNumber"])
        values["PublicExpenseResultList"] = tickets(
            coverage, day[:6], self.options.institution)
        values["ReferenceNumber"] = \
            self.register.numbers.get(person["id"], "") if single else ""
        for item, group in (("limit", "LimitApplicationCertificateRelatedInfo"),
                            ("disease", "SpecificDiseasesCertificateList")):
            if flags.get(FAMILIES[item] + "ConsFlg") != "1":
                values.pop(group, None)
        return ("ResultOfQualificationConfirmation",
                fill(RECORD, values) + unknown(person.get("unknown", {})))

    # One person

    def paper_flags(self, person, asked):
        """By insurance data: the limit as asked, a disease only where a
        consent given by card still stands (4)."""
        now = stamp(self.clock())
        family = FAMILIES["limit"] + "Cons"
        flags = {family + "Flg":
                 asked["LimitApplicationCertificateRelatedConsFlg"]}
        if flags[family + "Flg"] == "1":
            flags[family + "Time"] = now
        standing = [c for c in self.register.of(person["id"])
                    if c.state("disease", now) == YES]
        if standing:
            family = FAMILIES["disease"] + "Cons"
            flags[family + "Flg"] = "1"
            flags[family + "Time"] = standing[-1].time
        return flags

    def records(self, finding, day, flags):
        if self.options.bare_invalid and finding.validity in (LOST, MOVED):
            return []
        return [self.record(finding.person, coverage, day, flags)
                for coverage in finding.coverages]

    def confirm(self, name, request):
        asked = request.groups[0]
        day = request.header["QualificationConfirmationDate"]
        header = self.header(request, ReferenceClassification="2")
        for pattern, text in self.options.status_error:
            if pattern.search(name):
                return self.xml(name, header, [echo(request.nodes[0])] +
                                self.status("STATUS", text))
        finding = self.register.find(asked, day)
        person = finding.person or {}
        flags = self.paper_flags(person, asked) if person else {}
        remark = person.get("remark", "")
        body = [echo(request.nodes[0]),
                ("PrescriptionIssueSelect", person.get("prescription", ""))]
        body += self.status("REMARK" if remark else "", remark)
        body += [("QualificationValidity", finding.validity),
                 ("ResultList", self.records(finding, day, flags))]
        return self.xml(name, header, body)

    def pushed(self, person_id, name):
        """A face result: no question in it, an identifier of its own."""
        now = self.clock()
        consent = self.register.face(person_id, stamp(now))
        person, day = consent.person, now.strftime("%Y%m%d")
        current = self.register.current(person, day)
        flags = card_flags(consent, stamp(now))
        remark = person.get("remark", "")
        header = fill(RESULT_HEADER, {
            "ProcessExecutionTime": stamp(now),
            "QualificationConfirmationDate": day,
            "MedicalInstitutionCode": OTHER_INSTITUTION
            if self.options.wrong_institution else self.options.institution,
            "ArbitraryFileIdentifier": "%015d=" % int(
                now.timestamp() * 1000),
            "ReferenceClassification": "1",
            "SegmentOfResult": DONE,
            "CharacterCodeIdentifier": self.wire.identifier})
        body = [("PrescriptionIssueSelect", person.get("prescription", ""))]
        body += self.status("REMARK" if remark else "", remark)
        body += [("QualificationValidity", current.validity),
                 ("ResultList", self.records(current, day, flags))]
        return self.xml(name, header, body).raw

    def link(self, name, request):
        word = self.register.register(request.groups[0],
                                      self.clock().strftime("%Y%m%d"))
        return self.xml(name, self.header(request),
                        [echo(request.nodes[0])] + self.status(word))

    # Four files (2.4)

    def accept(self, name, request):
        now = self.clock()
        number = "%s%03d_%04d" % (stamp(now), now.microsecond // 1000,
                                  len(self.batches) + 1)
        stem = request.kind.stem[:-2]
        units = self.with_errors(self.units[stem](request))
        self.batches[number] = Batch(stem, request, units)
        header = self.header(request, QualificationConfirmationDate="")
        return self.xml(name, header, [("ReceptionNumber", number),
                                       ("ReceptionDateTime", stamp(now))])

    def with_errors(self, units):
        """Each --unit-errors'th unit, and those --unit-error names, ends in
        an error of its own; the question is still in it."""
        every = self.options.unit_errors
        return [(name, self.broken(parts, every and number % every == 0))
                for number, (name, parts) in enumerate(units, 1)]

    def broken(self, parts, due):
        asked = dict(parts[0][1]) if isinstance(parts[0][1], list) else {}
        mark = asked.get("ArbitraryIdentifier") or \
            asked.get("ReferenceNumber", "")
        text = "一時的な障害" if due else next(
            (text for pattern, text in self.options.unit_error
             if mark and pattern.search(mark)), "")
        if not text:
            return parts
        return ([parts[0]] if asked else []) + self.status("STATUS", text)

    def fetch(self, name, request):
        number = request.groups[0]["ReceptionNumber"]
        batch = self.batches.get(number)
        if not batch or batch.stem != request.kind.stem[:-2]:
            return self.failed(name, request, "UNKNOWN")
        self.polled[number] = self.polled.get(number, 0) + 1
        if self.polled[number] <= self.options.processing:
            header = self.header(batch.request, ReceptionNumber=number,
                                 SegmentOfResult=BUSY)
            return self.xml(name, header, [])
        bad = sum(("ProcessingResultStatus", BAD) in unit
                  for _, unit in batch.units)
        header = self.header(batch.request, ReceptionNumber=number,
                             NumberOfProcessingResult=str(len(batch.units)),
                             NumberOfNormalProcessing=str(
                                 len(batch.units) - bad),
                             NumberOfError=str(bad))
        answer = self.xml(name, header, batch.units)
        if not self.options.zip:
            return answer
        return Answer("zip", terminal_wire.zipped(name + ".xml", answer.raw))

    def confirmed_units(self, request):
        day = request.header["QualificationConfirmationDate"]
        return [self.confirmed_unit(asked, node, day)
                for asked, node in zip(request.groups, request.nodes)]

    def confirmed_unit(self, asked, node, day):
        """No certificate in it, only whether ours is still right."""
        finding = self.register.find(asked, day)
        ours = asked.get("LimitApplicationCertificateRelatedInfo") or {}
        unit = [echo(node)] + self.status("") + \
            [("QualificationValidity", finding.validity)]
        shown = [] if self.options.bare_invalid and \
            finding.validity in (LOST, MOVED) else finding.coverages
        for coverage in shown:
            theirs = coverage.get("LimitApplicationCertificateRelatedInfo", {})
            same = all(ours.get(n, "") == theirs.get(n, "") for n in (
                "LimitApplicationCertificateClassification",
                "LimitApplicationCertificateClassificationFlag"))
            unit.append(self.record(
                finding.person, coverage, day,
                {"LimitApplicationCertificateChanged": "0" if same else "1"},
                single=False))
        if finding.person:
            unit.append(self.number(finding.person))
        return ("BulkConfirmUnit", unit)

    def number(self, person):
        return ("ReferenceNumber",
                self.register.numbers.get(person["id"], ""))

    def linked_units(self, request):
        day = self.clock().strftime("%Y%m%d")
        return [("BulkRegistrationUnit", [echo(node)] + self.status(
            self.register.register(asked, day)))
            for asked, node in zip(request.groups, request.nodes)]

    def listed_unit(self, finding, day, flags):
        """Parallel records and numbers, as children of the unit."""
        unit = self.status("") + [("QualificationValidity", finding.validity)]
        unit += [self.record(finding.person, coverage, day, flags,
                             single=False)
                 for coverage in finding.coverages]
        unit += [self.number(finding.person) for _ in finding.coverages]
        return ("BulkConfirmUnit", unit)

    def ticket_units(self, request):
        month = request.groups[0]["MedicalTreatmentMonth"]
        return [self.listed_unit(finding, month + "01", {})
                for finding in self.register.ticket_holders(month)]

    def consent_units(self, request):
        asked = request.groups[0]
        visits = bool(asked.get("ExaminationDateFrom"))
        axis = "ExaminationDate" if visits else "ConsentDate"
        now = self.clock()
        day = now.strftime("%Y%m%d")
        units = []
        for consent in self.register.consenting(
                asked["MedicalTreatmentFlag"], asked[axis + "From"],
                asked[axis + "To"], visits):
            finding = self.register.current(consent.person, day)
            units.append(self.listed_unit(finding, day,
                                          card_flags(consent, stamp(now))))
        return units

    # Health check-ups and drugs (2.5)

    def view(self, name, request):
        asked = dict(request.header, **request.groups[0])
        kind, form = request.kind.stem[:3], asked["FileCategory"]
        needed = VIEW_ITEMS[kind, form]
        person = self.register.viewer({
            "InsurerNumber": asked["InsurerNumber"],
            "InsuredCardSymbol": asked.get("InsuranceCardSymbol", ""),
            "InsuredIdentificationNumber":
                asked["InsuredPersonIdentificationNumber"],
            "InsuredBranchNumber": asked.get("BranchNumber", "")},
            asked.get("MedicalTreatmentFlag") or "1", needed,
            stamp(self.clock()))
        if not person:
            header = self.header(request, SegmentOfResult="")
            return self.xml(name, header + [("ResultCode", FAILED)], [
                ("MessageContents", MESSAGES["CONSENT"])])
        if form in ("1", "3"):
            return Answer("pdf", terminal_wire.pdf("fixture"))
        maker = self.checkups if kind == "TKK" else self.drugs
        return self.xml(name, *maker(request, asked, person))

    def viewed(self, request, group, names, person):
        """The person under this file's own tag names."""
        return self.header(request, SegmentOfResult="") + [
            ("ResultCode", DONE),
            (group, list(zip(names, (
                self.name(person), person["NameKana"], person["Birthdate"],
                person["Sex1"]))))]

    def checkups(self, request, _, person):
        header = self.viewed(request, "QualificationsInfo", (
            "Name", "KanasName", "Birthday", "AdministrativeGenderCode"),
            person)
        # JLAC10 codes of the standard check-up; one value above, one below
        # what is looked at (features.md ORC-06).
        items = [("HealthCheckupResultAndQuestionInfo", [
            ("ItemCode", code), ("ItemName", what), ("DataType", "PQ"),
            ("DataValue", value), ("Unit", unit)])
                 for code, what, value, unit in (
                     ("9A751000000000001", "収縮期血圧", "128", "mmHg"),
                     ("3D010000001926101", "空腹時血糖", "131", "mg/dl"),
                     ("3F070000002327101", "HDLコレステロール", "32",
                      "mg/dl"))]
        effective = (self.clock() - timedelta(days=200)).strftime("%Y%m%d")
        return header, [("SpecificHealthCheckupInfo", [
            ("EffectiveTime", effective),
            ("HealthCheckupResultAndQuestionInfos", items)])]

    def drugs(self, request, asked, person):
        """A month for each asked for, out of receipts; with the slips, what
        a pharmacy and a prescriber said since, in tags of their own."""
        header = self.viewed(request, "QuaInf", (
            "Name", "KanaName", "Birth", "AdmGendCode"), person)
        with_care = asked["FileCategory"] == "4"
        body = [("MeTrMonthInf", [("MeTrMonth", month), ("MeTrDateInfs", [
            ("MeTrDateInf", dispensed(month, "", with_care))])])
                for month in months(asked["StartDate"], asked["EndDate"])]
        if asked.get("PrDiInfClassification") == "1":
            body += [(group, [(group[:4] + "MonthInf", [
                (prefix + "DateInfs", [(prefix + "DateInf", dispensed(
                    asked["EndDate"], prefix, False))])])])
                     for group, prefix in (("CzDiInf", "Cz"),
                                           ("ShPrInf", "Sh"))]
        return header, body

    # Kinds whose body nobody has published (2); only with --unconfirmed

    def again(self, name, request):
        """A person who consented earlier, without the card."""
        asked = request.groups[0]
        day = request.header["QualificationConfirmationDate"]
        care = "2" if request.kind.stem == "OQSsihvq01" else "3"
        header = self.header(request, ReferenceClassification="2")
        question = [echo(request.nodes[0])]
        finding, flags = self.consenting(asked, day, care)
        if not flags:
            return self.xml(name, header, question + self.status("CONSENT"))
        body = question + self.status("") + [
            ("QualificationValidity", finding.validity),
            ("ResultList", self.records(finding, day, flags))]
        return self.xml(name, header, body)

    def consenting(self, asked, day, care):
        """The finding, and the flags of the newest consent to this care; {}
        without one."""
        finding = self.register.find(asked, day)
        consent = finding.person and self.register.newest(
            finding.person["id"], care)
        return finding, card_flags(consent, stamp(self.clock())) \
            if consent else {}

    def again_units(self, care, request):
        day = request.header["QualificationConfirmationDate"]
        return [self.again_unit(asked, node, day, care)
                for asked, node in zip(request.groups, request.nodes)]

    def again_unit(self, asked, node, day, care):
        finding, flags = self.consenting(asked, day, care)
        if not flags:
            return ("BulkConfirmUnit",
                    [echo(node)] + self.status("CONSENT"))
        name, parts = self.listed_unit(finding, day, flags)
        return (name, [echo(node)] + parts)

    def revoke(self, name, request):
        """By the institution: for all care that is not a visit here."""
        kinds = [group["ViewingConsentType"] for group in request.groups[1:]]
        holders = {person["id"] for person, _ in
                   self.register.hits(request.groups[0])
                   if person["Birthdate"] == request.groups[0]["Birthdate"]}
        ended = 0
        if len(holders) == 1:
            ended = self.register.revoke(
                holders.pop(), "23", [REVOKED[kind] for kind in kinds],
                stamp(self.clock()), BY_US)
        return self.xml(name, self.header(request), [
            echo(node) for node in request.nodes] +
            self.status("" if ended else "CONSENT"))

    def address(self, name, request):
        """The address patients open at home, as a page or a picture; that
        of home visits, as a page, when nothing is said."""
        asked = request.groups[0] if request.groups else {
            "UrlAcquisitionType": "2", "UrlFileForm": "1", "UrlChange": "0"}
        kind = asked["UrlAcquisitionType"]
        used = {"2": "VisitingUse", "3": "OnlineUse"}[kind]
        if self.register.settings[used] != "1":
            return self.xml(name, self.header(request), self.status("OFF"))
        turn = self.register.urls.get(kind, 0) + int(asked["UrlChange"])
        self.register.urls[kind] = turn
        address = "https://fixture.invalid/%s/%d" % (kind, turn)
        if asked["UrlFileForm"] == "1":
            return Answer("pdf", terminal_wire.pdf(address))
        return Answer("png", terminal_wire.png(address))

    def settings(self, name, request):
        """As they are, after they were changed if that was asked."""
        if request.groups and request.kind.stem == "OQSsiupd01":
            self.register.settings.update(request.groups[0])
        return self.xml(name, self.header(request), [
            ("EnvironmentSettingInfo", [
                (leaf.name, self.register.settings[leaf.name])
                for leaf in SETTINGS])] + self.status(""))

    def passcode(self, name, request):
        """For visual confirmation; of four digits, for a day."""
        now = self.clock()
        return self.xml(name, self.header(request), [
            ("VisualPasscode", "%04d" % (int(stamp(now)) % 9973)),
            ("VisualPasscodeExpiration", stamp(now + timedelta(days=1)))] +
            self.status(""))

    def activations(self, name, request):
        return self.xml(name, self.header(request), [
            ("ActivationCodeInfo", row)
            for row in self.register.activations] + self.status(""))

    def activate(self, name, request):
        """One code for one device."""
        rows = self.register.activations
        terminal = request.groups[0]["TerminalName"]
        if any(dict(row)["TerminalName"] == terminal for row in rows):
            return self.xml(name, self.header(request), self.status("TAKEN"))
        row = [("TerminalName", terminal),
               ("ActivationCode", "FAKE%08d" % (len(rows) + 1)),
               ("ActivationCodeExpiration",
                stamp(self.clock() + timedelta(days=7)))]
        rows.append(row)
        return self.xml(name, self.header(request), [
            ("ActivationCodeInfo", row)] + self.status(""))

    def deactivate(self, name, request):
        rows = self.register.activations
        terminal = request.groups[0]["TerminalName"]
        left = [row for row in rows if dict(row)["TerminalName"] != terminal]
        word = "" if len(left) < len(rows) else "NONE"
        rows[:] = left
        return self.xml(name, self.header(request), self.status(word))
