package main

import (
	"github.com/spf13/cobra"

	"countersign/cmd/countersign/internal/preview"
	"countersign/pkg/worker/runtime"
)

const templatesVariable = "COUNTERSIGN_TEMPLATES_FOLDER"

func templatesCommand(p runtime.Process) *cobra.Command {
	command := &cobra.Command{Use: "templates", Short: "What users are sent", Args: cobra.NoArgs}
	command.AddCommand(previewCommand(p))
	return command
}

func previewCommand(p runtime.Process) *cobra.Command {
	c := preview.Config{Out: p.Stdout}
	command := &cobra.Command{
		Use: "preview PLATFORM", Short: "Show every mail and text of a platform, and check its own templates", Args: cobra.ExactArgs(1),
		Long: "Shows every mail and text of a platform with a code and links that lead nowhere, in the terminal or as one HTML file.\n" +
			"A platform's own words stand in <folder>/<platform>/<language>.yaml: the sentences that differ, or all of them in a language that\n" +
			"is not built in. Whatever is wrong in any file of the folder is told at once.",
		RunE: func(_ *cobra.Command, args []string) error {
			c.Platform = args[0]
			return preview.Run(c)
		},
	}
	flags := command.Flags()
	flags.StringVar(&c.Folder, "folder", variable(p, templatesVariable), "folder of what platforms write in their own words (default $"+templatesVariable+")")
	flags.StringVar(&c.Brand, "brand", "", "the platform's name for people (default PLATFORM)")
	flags.StringVar(&c.Locale, "locale", "", "one language (default every one)")
	flags.StringVar(&c.Host, "host", "", "where codes are typed, as sms.host of the policy says: the last line of a text names it (default none)")
	flags.StringVar(&c.HTML, "html", "", "file to write: mails as they will look")
	return command
}
