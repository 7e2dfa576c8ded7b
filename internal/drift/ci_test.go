package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The script .ci/drift, with a make that ends with $END and a gh that knows the open issue 7 with the title $OPEN. gh notes what it
// is asked to do, and keeps the text.
func TestIssues(t *testing.T) {
	const fakeMake = `#!/bin/sh
[ "$1" = drift ] || exit 0
echo begin
[ "$END" = none ] || echo "$END" >"${2#STATUS=}"
[ -z "$LONG" ] || head -c 70000 /dev/zero | tr '\0' x
echo end
[ "$END" = 0 ] || exit 2
`
	const fakeGH = `#!/bin/sh
case "$*" in
*" list "*"\"$OPEN\""*) echo 7 ;;
*" list "*) ;;
*) echo "$2 $3 $4" >>"$NOTES"; for last; do :; done; [ ! -f "$last" ] || cp "$last" "$NOTES.body" ;;
esac
`
	const changed, unread = "make drift: Nango has changed", "make drift: could not be compared"
	for _, test := range []struct {
		name, end, open, want string
	}{
		{"clean", "0", "another", ""},
		{"clean again after a change", "0", changed, "close 7 --comment\n"},
		{"clean again after a failure", "0", unread, "close 7 --comment\n"},
		{"changed", "1", "another", "create --title " + changed + "\n"},
		{"changed, and known", "1", changed, "edit 7 --body-file\n"},
		{"changed after a failure", "1", unread, "close 7 --comment\ncreate --title " + changed + "\n"},
		{"not compared", "2", changed, "create --title " + unread + "\n"},
		{"a target that does not begin", "none", unread, "edit 7 --body-file\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, script := range map[string]string{"make": fakeMake, "gh": fakeGH} {
				require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(script), 0o700))
			}
			notes := filepath.Join(dir, "notes")
			command := exec.Command("bash", "../../.ci/drift")
			command.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "END="+test.end, "OPEN="+test.open, "NOTES="+notes, "LONG=1")
			output, err := command.CombinedOutput()
			require.NoError(t, err, string(output))
			done, _ := os.ReadFile(notes)
			assert.Equal(t, test.want, string(done))
			if body, err := os.ReadFile(notes + ".body"); err == nil {
				assert.Contains(t, string(body), "```\nbegin\n")
				assert.True(t, strings.HasSuffix(string(body), "x\n(cut)\n```\n"))
			}
		})
	}
}
