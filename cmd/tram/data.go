package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/tram-station/tram/kiosk/places"
	"github.com/tram-station/tram/offline"
)

// actPlaces is the act of importing a list of provinces and communes.
const actPlaces = "places-import"

// placesDir is where the lists lie in the data folder.
func placesDir(data string) string { return filepath.Join(data, "places") }

// dataOptions are the flags of the data commands.
type dataOptions struct {
	queueOptions
	date string
	want places.Counts
}

func newDataCommand(a *app) *cobra.Command {
	var o dataOptions
	cmd := &cobra.Command{
		Use:   "data",
		Short: "Look after the data that the station enrols with: provinces and communes",
		Long: "The station knows the 34 provinces; a list of the communes is imported by an\n" +
			"administrator. Several versions lie side by side and the newest is in use: each\n" +
			"address names the version that it was chosen from.",
	}
	imp := &cobra.Command{
		Use:   "import FILE|DIR",
		Short: "Check a list of provinces and communes and install it",
		Long: "Import takes the JSON of the public vietnamese-provinces-database or of\n" +
			"provinces.open-api.vn v2: one file, or a folder with the parts of one list (*.json).\n" +
			"It works while `tram run` is stopped and writes an act into the audit log. The list\n" +
			"is in use from the next start.",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return dataImport(a, o, args[0]) },
	}
	o.flags(cmd.PersistentFlags())
	imp.Flags().StringVar(&o.date, "date", time.Now().Format(time.DateOnly), "the day whose units the list has")
	imp.Flags().IntVar(&o.want.Provinces, "provinces", places.Since2025.Provinces, "how many provinces the list has to have")
	imp.Flags().IntVar(&o.want.Communes, "communes", places.Since2025.Communes, "how many communes the list has to have")
	ls := &cobra.Command{
		Use: "ls", Short: "List what is installed and say what the station uses", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return dataLs(a, o.data) },
	}
	cmd.AddCommand(imp, ls)
	return cmd
}

func dataImport(a *app, o dataOptions, path string) error {
	files, err := readParts(path)
	if err != nil {
		return coded(exitUsage, err)
	}
	units, shape, err := places.Parse(files...)
	if err != nil {
		return coded(exitInvalid, err)
	}
	list, err := places.Build(places.Of(o.date, shape, files...), units, o.want)
	if errors.Is(err, places.ErrCount) {
		err = fmt.Errorf("%w: where the law has changed the number, name it with --provinces and --communes", err)
	}
	if err != nil {
		return coded(exitInvalid, err)
	}
	from := list.Source()
	err = withOutbox(o.queueOptions, func(b *offline.Outbox) error {
		err := places.Install(placesDir(o.data), list)
		if errors.Is(err, places.ErrInstalled) {
			return coded(exitUsage, err)
		}
		if err == nil {
			err = b.Act(commandLine, actPlaces, uuid.Nil, "", from.Version+", sha256 "+from.SHA256)
		}
		if err != nil {
			return coded(exitQueue, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	provinces, communes := list.Count()
	if a.json {
		return a.printJSON(describedList(list, false))
	}
	fmt.Fprintf(a.stdout, "%s: %d provinces and %d communes, in the shape of %s\nSHA-256 %s\n", from.Version, provinces, communes, from.Shape, from.SHA256)
	fmt.Fprintln(a.stdout, "The station uses the newest list from its next start: `tram data ls`.")
	return nil
}

// maxParts bounds a folder of parts: one a province, and some more.
const maxParts = 100

// readParts reads a file, or the *.json of a folder by their names.
func readParts(path string) ([][]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	names := []string{path}
	if info.IsDir() {
		if names, err = filepath.Glob(filepath.Join(escaped(path), "*.json")); err != nil {
			return nil, err
		}
		slices.Sort(names)
	}
	if len(names) == 0 || len(names) > maxParts {
		return nil, fmt.Errorf("%s has %d parts (*.json), not 1 to %d: name the file itself", path, len(names), maxParts)
	}
	var files [][]byte
	total := 0
	for _, name := range names {
		b, err := readLimited(name, places.MaxSource)
		if err != nil {
			return nil, err
		}
		if total += len(b); total > places.MaxSource {
			return nil, fmt.Errorf("%s: the parts are larger than %d bytes together", path, places.MaxSource)
		}
		files = append(files, b)
	}
	return files, nil
}

// readLimited reads a file of at most limit bytes.
func readLimited(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("%s is larger than %d bytes: name another file", path, limit)
	}
	return b, err
}

// escaped is a folder's path that filepath.Glob takes as it stands.
func escaped(path string) string {
	if filepath.Separator == '\\' { // there a backslash parts folders
		return path
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// installedList is a line of `tram data ls --json`.
type installedList struct {
	places.Source
	Provinces int  `json:"provinces"`
	Communes  int  `json:"communes"`
	InUse     bool `json:"in_use"`
}

func describedList(l *places.List, used bool) installedList {
	provinces, communes := l.Count()
	return installedList{l.Source(), provinces, communes, used}
}

func dataLs(a *app, data string) error {
	lists, bad := places.Installed(placesDir(data))
	builtin, err := places.Default()
	if err != nil {
		return err
	}
	lines := []installedList{}
	for i, l := range append(lists, builtin) {
		lines = append(lines, describedList(l, i == 0))
	}
	if a.json {
		problems := []string{}
		for _, err := range bad {
			problems = append(problems, err.Error())
		}
		err = a.printJSON(map[string]any{"lists": lines, "problems": problems})
	} else {
		w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "VERSION\tOF\tPROVINCES\tCOMMUNES\tSHAPE\t")
		for _, l := range lines {
			use := ""
			if l.InUse {
				use = "in use"
			}
			fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\t%s\n", l.Version, l.Date, l.Provinces, l.Communes, l.Shape, use)
		}
		err = w.Flush()
	}
	if len(bad) > 0 {
		err = errors.Join(err, coded(exitInvalid, errors.Join(bad...)))
	}
	return err
}
