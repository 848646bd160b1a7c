package operator

import "slices"

// The roles.
const (
	RoleOfficer       = "officer"       // takes enrolments
	RoleSupervisor    = "supervisor"    // decides what an officer may not decide alone
	RoleAdministrator = "administrator" // looks after the people, and takes no enrolment
)

// Right is something that a role may do.
type Right string

// The rights.
const (
	Look    Right = "look"    // see the enrolment, the queue, the devices
	Enrol   Right = "enrol"   // work at the enrolment
	Approve Right = "approve" // approve an exception, but never of an own enrolment
	Manage  Right = "manage"  // add, change and remove people
	Audit   Right = "audit"   // read the audit log
)

// rights is the whole table: what each role may do.
var rights = map[string][]Right{
	RoleOfficer:       {Look, Enrol},
	RoleSupervisor:    {Look, Enrol, Approve, Audit},
	RoleAdministrator: {Look, Manage, Audit},
}

// Roles lists the roles, least first.
func Roles() []string { return []string{RoleOfficer, RoleSupervisor, RoleAdministrator} }

// May reports whether the person's role has a right.
func (o Officer) May(r Right) bool { return slices.Contains(rights[o.Role], r) }
