package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/kiosk/operator"
	"github.com/tram-station/tram/offline"
)

func newPeopleCommand(a *app) *cobra.Command {
	var o queueOptions
	cmd := &cobra.Command{
		Use:   "people",
		Short: "Look after who works at this station",
		Long: "People works on the station's own folder while `tram run` is stopped; while it runs,\n" +
			"an administrator does the same at the kiosk (POST /api/people). A person is an\n" +
			"identifier, never a name. Roles are officer, supervisor and administrator. People\n" +
			"whom the central's list names are the central's; the station gives them their PINs.\n" +
			"Every change is in the audit log.",
	}
	o.flags(cmd.PersistentFlags())
	role := operator.RoleOfficer
	add := &cobra.Command{
		Use: "add ID", Short: "Add a person and print the PIN, this once", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return withPeople(o, func(p *people) error { return p.addPerson(a, args[0], role) })
		},
	}
	add.Flags().StringVar(&role, "role", role, strings.Join(operator.Roles(), ", "))
	forget, key := false, ""
	card := &cobra.Command{
		Use: "card ID", Short: "Note which citizen a person is, by the number on standard input: nobody enrols themself",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return withPeople(o, func(p *people) error { return p.setCard(a, args[0], forget) })
		},
	}
	card.Flags().BoolVar(&forget, "forget", false, "forget it")
	keys := &cobra.Command{
		Use: "keys ID", Short: "List a person's security keys, or remove one", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return withPeople(o, func(p *people) error { return p.keys(a, args[0], key) })
		},
	}
	keys.Flags().StringVar(&key, "remove", "", "the key's id")
	cmd.AddCommand(add, card, keys)
	cmd.AddCommand(newPersonCommands(a, &o)...)
	return cmd
}

// newPersonCommands are those that take no flags of their own.
func newPersonCommands(a *app, o *queueOptions) []*cobra.Command {
	return []*cobra.Command{
		{
			Use: "ls", Short: "List the people", Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error {
				return withPeople(*o, func(p *people) error { return p.list(a) })
			},
		},
		{
			Use: "pin ID", Short: "Give a person a new PIN and print it, this once", Args: cobra.ExactArgs(1),
			RunE: func(_ *cobra.Command, args []string) error {
				return withPeople(*o, func(p *people) error { return p.newPIN(a, args[0]) })
			},
		},
		{
			Use: "role ID ROLE", Short: "Change a person's role", Args: cobra.ExactArgs(2),
			RunE: func(_ *cobra.Command, args []string) error {
				return withPeople(*o, func(p *people) error {
					return p.done(a, enrol.ActPersonRole, args[0], args[0]+" "+args[1], p.store.SetRole("", args[0], args[1]))
				})
			},
		},
		{
			Use: "remove ID", Short: "Remove a person, with the PIN and the keys", Args: cobra.ExactArgs(1),
			RunE: func(_ *cobra.Command, args []string) error {
				return withPeople(*o, func(p *people) error {
					return p.done(a, enrol.ActPersonRemoved, args[0], args[0], p.store.Remove("", args[0]))
				})
			},
		},
	}
}

// people is the store, and the audit log beside it.
type people struct {
	store  *operator.Store
	outbox *offline.Outbox
}

func withPeople(o queueOptions, do func(*people) error) error {
	return withOutbox(o, func(b *offline.Outbox) error {
		store, err := openPeople(b, o.data)
		if err != nil {
			return err
		}
		return do(&people{store, b})
	})
}

// change writes a change into the audit log, or says why there is none.
func (p *people) change(what, detail string, err error) error {
	for _, usage := range []error{operator.ErrNobody, operator.ErrThere, operator.ErrBadID, operator.ErrBadRole, operator.ErrListed, operator.ErrBadNumber} {
		if errors.Is(err, usage) {
			return coded(exitUsage, err)
		}
	}
	if err == nil {
		err = p.outbox.Act(commandLine, what, uuid.Nil, "", detail)
	}
	if err != nil {
		return coded(exitQueue, err)
	}
	return nil
}

// done ends a change that prints nothing but that it was made.
func (p *people) done(a *app, what, id, detail string, err error) error {
	if err := p.change(what, detail, err); err != nil {
		return err
	}
	if a.json {
		return a.printJSON(map[string]any{"id": id, "done": what})
	}
	fmt.Fprintf(a.stdout, "%s: %s\n", id, what)
	return nil
}

func (p *people) addPerson(a *app, id, role string) error {
	pin, err := p.store.Add(id, role)
	return p.showPIN(a, enrol.ActPersonAdded, id, id+" "+role, pin, err)
}

func (p *people) newPIN(a *app, id string) error {
	pin, err := p.store.NewPIN("", id)
	return p.showPIN(a, enrol.ActPersonPIN, id, id, pin, err)
}

func (p *people) showPIN(a *app, what, id, detail string, pin operator.PIN, err error) error {
	if err := p.change(what, detail, err); err != nil {
		return err
	}
	if a.json {
		return a.printJSON(map[string]any{"id": id, "pin": pin.Reveal()})
	}
	fmt.Fprintf(a.stdout, "%s: PIN %s, shown this once\n", id, pin.Reveal())
	return nil
}

func (p *people) setCard(a *app, id string, forget bool) error {
	number, detail := "", id+" none"
	if !forget {
		detail = id
		var err error
		if number, err = a.lines().ask("Citizen number:", true); err != nil {
			return err
		}
	}
	return p.done(a, enrol.ActPersonCard, id, detail, p.store.SetCard(id, number))
}

func (p *people) keys(a *app, id, remove string) error {
	if remove != "" {
		return p.done(a, enrol.ActKeyRemoved, id, id, p.store.RemoveKey(id, remove))
	}
	for _, person := range p.store.People() {
		if person.ID != id {
			continue
		}
		if a.json {
			return a.printJSON(person.Keys)
		}
		for _, k := range person.Keys {
			state := ""
			if k.Suspended {
				state = "  suspended: its counter went back"
			}
			fmt.Fprintf(a.stdout, "%s  %s  %s%s\n", k.ID, k.Added.Format(time.DateOnly), k.Name, state)
		}
		return nil
	}
	return coded(exitUsage, operator.ErrNobody)
}

func (p *people) list(a *app) error {
	all := p.store.People()
	if a.json {
		return a.printJSON(all)
	}
	for _, person := range all {
		notes := []string{}
		for _, note := range []struct {
			is   bool
			text string
		}{{person.Listed, "on the central's list"}, {!person.Allowed, "may not work here"}, {!person.PIN, "no PIN yet"}} {
			if note.is {
				notes = append(notes, note.text)
			}
		}
		if person.Locked > 0 {
			notes = append(notes, fmt.Sprintf("locked for %d s", person.Locked))
		}
		if n := len(person.Keys); n > 0 {
			notes = append(notes, fmt.Sprintf("%d security keys", n))
		}
		fmt.Fprintf(a.stdout, "%-32s  %-13s  %s\n", person.ID, person.Role, strings.Join(notes, ", "))
	}
	return nil
}
