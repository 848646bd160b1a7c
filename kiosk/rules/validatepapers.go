package rules

import "slices"

// family asks for its members and their fields, where the kind takes the step.
func (v *validation) family() {
	if !v.kind.Takes("family") {
		return
	}
	for i := range v.Family {
		rule := &v.Family[i]
		n := 0
		for _, m := range v.c.Family {
			if m.Code == rule.Code {
				n++
				v.fields(rule.Fields, m.Fields, FindFamily, SectionFamily)
			}
		}
		if n == 0 && rule.Required || n > 1 && !rule.Many {
			v.find(FindFamily, SectionFamily, rule.Code)
		}
	}
	for _, m := range v.c.Family {
		if v.Member(m.Code) == nil {
			v.find(FindRelation, SectionFamily, m.Code)
		}
	}
}

// fields looks at what was written by hand.
func (v *validation) fields(rules []Field, values map[string]string, missing, section string) {
	for _, f := range rules {
		value := values[f.Name]
		switch {
		case value == "" && f.Required:
			v.find(missing, section, f.Name)
		case value != "" && f.Format != "" && !v.FormatOK(f.Format, value):
			v.find(FindFieldFormat, section, f.Name)
		}
	}
}

func (v *validation) request() {
	rule := v.kind.Request
	if rule == nil {
		return
	}
	q := v.c.Request
	if q == nil || !listed(rule.Actions, q.Action) || len(rule.Reasons) > 0 && !listed(rule.Reasons, q.Reason) {
		v.find(FindRequest, SectionRequest, "")
		return
	}
	v.fields(rule.Fields, q.Fields, FindRequest, SectionRequest)
}

func (v *validation) documents() {
	if !v.kind.Takes("documents") {
		return
	}
	if len(v.c.Documents) > v.MaxDocuments {
		v.find(FindPapersTooMany, SectionDocuments, "")
	}
	for i, d := range v.c.Documents {
		v.paper(d, SectionDocuments, v.Documents)
		if slices.ContainsFunc(v.c.Documents[:i], func(o CandidatePaper) bool { return o.Type == d.Type && o.Number == d.Number }) {
			v.find(FindPaperTwice, SectionDocuments, d.Type)
		}
		if !d.Consent {
			v.find(FindConsentPaper, SectionConsent, d.Type)
		}
	}
}

// dependants need a known relation, a number and a paper that shows it.
func (v *validation) dependants() {
	for _, d := range v.c.Dependants {
		paper := v.formats.papers[d.Paper.Type]
		if v.Related(d.Relation) && v.FormatOK(FormatIDNumber, d.Number) && paper.ok(d.Paper.Number) && d.Paper.Seen {
			continue
		}
		v.find(FindDependant, SectionDocuments, d.Relation)
	}
}

func (v *validation) consent() {
	c := v.c.Consent
	switch {
	case !v.kind.Takes("consent"):
	case c == nil || !c.Registration:
		v.find(FindConsent, SectionConsent, "")
	case v.Signature && !c.Signed:
		v.find(FindSignature, SectionConsent, "")
	}
}
