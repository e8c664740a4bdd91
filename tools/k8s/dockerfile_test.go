package k8s_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What a Dockerfile copies is copied into a folder that holds nothing else, and what it builds must be found there, with every package and every
// embedded file. It is not compiled once more.
func TestDockerfilesCopyWhatTheyBuild(t *testing.T) {
	for module, starts := range map[string]string{
		"services/enroll": "enroll", "services/verify": "verify", "services/notifier": "notifier", "services/recovery": "recovery", "cmd/countersign": "countersign",
	} {
		t.Run(module, func(t *testing.T) {
			entry, err := carryOut(t, dockerfile(t, module), t.TempDir())
			if err != nil || entry != starts {
				t.Errorf("starts %q: %v", entry, err)
			}
		})
	}
}

// What is built runs as nobody in an image that has no shell, and no layer keeps what the compiler caches.
func TestDockerfilesMakeSmallImagesOfNobody(t *testing.T) {
	for _, module := range []string{"services/enroll", "services/verify", "services/notifier", "services/recovery", "cmd/countersign"} {
		for _, fault := range careless(module, dockerfile(t, module)) {
			t.Errorf("%s/Dockerfile %s", module, fault)
		}
	}
}

func TestACarelessDockerfileIsFound(t *testing.T) {
	const module = "services/verify"
	text := dockerfile(t, module)
	for name, change := range map[string][2]string{
		"of another folder":            {"-f services/verify/", "-f services/enroll/"},
		"with the workspace":           {"GOWORK=off", "GOWORK=auto"},
		"with the system's libraries":  {"CGO_ENABLED=0", "CGO_ENABLED=1"},
		"a cache that nobody mounts":   {"GOCACHE=/cache/build", "GOCACHE=/cache/other"},
		"modules that nobody mounts":   {"GOMODCACHE=/cache/mod", "GOMODCACHE=/go/pkg/mod"},
		"a cache in somebody's folder": {"/cache/build", "/somebody/build"},
		"paths of who built it":        {"-trimpath ", ""},
		"an image with a shell":        {"gcr.io/distroless/static-debian12:nonroot", "debian:12"},
		"an image of root":             {"USER 65532:65532\n", ""},
	} {
		changed := strings.ReplaceAll(text, change[0], change[1])
		if changed == text || len(careless(module, changed)) == 0 {
			t.Errorf("%s: nobody saw it", name)
		}
	}
}

// careless looks for each thing that a Dockerfile must say; the order of its lines is tried above, by carrying them out.
func careless(module, text string) (faults []string) {
	for _, must := range []string{
		"# Build from the root of the checkout: docker build -f " + module + "/Dockerfile -t ",
		"\nENV GOWORK=off CGO_ENABLED=0 GOCACHE=/cache/build GOMODCACHE=/cache/mod\n",
		"\nRUN --mount=type=cache,target=/cache/mod --mount=type=cache,target=/cache/build go build -trimpath ",
		"\n\nFROM gcr.io/distroless/static-debian12:nonroot\n",
		"\nUSER 65532:65532\n",
	} {
		if !strings.Contains("\n"+text, must) {
			faults = append(faults, "lacks "+strings.TrimSpace(must))
		}
	}
	return faults
}

func TestAForgottenCopyIsFound(t *testing.T) {
	text := strings.Replace(dockerfile(t, "services/verify"), "COPY pkg/worker pkg/worker\n", "", 1)
	if _, err := carryOut(t, text, t.TempDir()); err == nil {
		t.Error("nobody saw it")
	}
}

func dockerfile(t *testing.T, module string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, module, "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// carryOut follows the lines of the stage that builds, and returns what the image starts.
func carryOut(t *testing.T, text, src string) (entry string, err error) {
	t.Helper()
	at := src
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case words[0] == "WORKDIR":
			at = filepath.Join(src, strings.TrimPrefix(words[1], "/src"))
		case words[0] == "COPY" && !strings.HasPrefix(words[1], "--"):
			copyInto(t, filepath.Join(root, words[1]), filepath.Join(src, words[2]), strings.HasSuffix(words[2], "/"))
		case words[0] == "RUN":
			c := exec.Command("go", "list", "-deps", words[len(words)-1])
			c.Dir, c.Env = at, append(os.Environ(), "GOWORK=off", "CGO_ENABLED=0")
			if err := said(c); err != nil {
				return "", err
			}
		case words[0] == "ENTRYPOINT":
			entry = strings.Trim(words[1], `["/]`)
		}
	}
	return entry, nil
}

func copyInto(t *testing.T, from, to string, folder bool) {
	t.Helper()
	if folder {
		to = filepath.Join(to, filepath.Base(from))
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := said(exec.Command("cp", "-r", from, to)); err != nil {
		t.Fatal(err)
	}
}
