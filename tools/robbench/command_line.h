// A program of several commands, each with its own flags and arguments, over
// CLI11:
//
//   CommandLine line("robbench", "Looks at cells ...", "Examples: ...");
//   auto flags = std::make_shared<TopFlags>();
//   line.Add({.name = "top", .arguments = "one METRIC", .least = 1, .most = 1,
//             .help = "the best cells by a metric",
//             .examples = {"top clean --count=5"},
//             .run = [flags](const auto& metrics) { return ...; }})
//       .Flag("count", flags->count, "how many cells");
//   ROBBENCH_ASSIGN_OR_RETURN(const std::string text, line.Run(arguments));
//
// A flag may also stand before its command, and has one dash or two. "help",
// "help COMMAND", -h, --help and --version are known everywhere; a command's
// help has its own flags and examples only. completion.h uses what is stated of
// flags and arguments here to complete them in a shell. An unknown command or
// flag, another command's flag and a wrong number of arguments are usage errors
// (nas/base/program.h) that name what was probably meant.
#ifndef TOOLS_ROBBENCH_COMMAND_LINE_H_
#define TOOLS_ROBBENCH_COMMAND_LINE_H_

#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace robbench {

// What a shell may complete an argument or the value of a flag to.
struct CompletedValues {
  std::vector<std::string> words;
  bool is_file = false;
};

// The commands of one program. Run() may be called once.
class CommandLine {
 public:
  static constexpr size_t kAnyNumber = std::numeric_limits<size_t>::max();

  using Values = CompletedValues;

  // What a command is.
  struct Options {
    std::string name;
    std::string arguments;   // in words: "two CELLs", "no argument"
    std::string positional;  // in the usage line: "CELL"
    size_t least = 0, most = 0;
    std::string help;
    // Arguments of a call each, without the program's name.
    std::vector<std::string> examples;
    Values values;
    // What the command prints.
    std::function<absl::StatusOr<std::string>(
        const std::vector<std::string>& arguments)>
        run;
  };

  // What is known of a flag, for help and completion.
  struct FlagInfo {
    std::string name, help;
    bool has_value = true;
    Values values;
  };

  // A command, to which flags are added.
  class Subcommand {
   public:
    // Adds a flag. `value` holds the default and must outlive the command line.
    template <typename T>
    Subcommand& Flag(const std::string& name, T& value, const std::string& help,
                     const Values& values = {}) {
      app_->add_option("--" + name, value, help)->capture_default_str();
      flags_.push_back({name, help, true, values});
      return *this;
    }
    Subcommand& Flag(const std::string& name, bool& value,
                     const std::string& help) {
      app_->add_flag("--" + name, value, help);
      flags_.push_back({name, help, false, {}});
      return *this;
    }
    // Adds a flag that may be given several times, or with commas between its
    // values.
    Subcommand& Flag(const std::string& name, std::vector<std::string>& value,
                     const std::string& help, const Values& values = {}) {
      app_->add_option("--" + name, value, help)
          ->delimiter(',')
          ->allow_extra_args(false);
      flags_.push_back({name, help, true, values});
      return *this;
    }

    // Makes it a usage error to give both flags.
    Subcommand& Exclude(const std::string& flag, const std::string& other) {
      app_->get_option("--" + flag)->excludes(app_->get_option("--" + other));
      return *this;
    }

    const std::string& name() const { return options_.name; }
    const Options& options() const { return options_; }
    const std::vector<FlagInfo>& flags() const { return flags_; }
    bool HasFlag(const std::string& name) const;

   private:
    friend class CommandLine;
    Options options_;
    CLI::App* app_ = nullptr;
    bool help_ = false;
    std::vector<std::string> arguments_;
    std::vector<FlagInfo> flags_;
  };

  // `version` makes what --version prints.
  CommandLine(const std::string& name, std::function<std::string()> version,
              const std::string& summary, const std::string& footer);

  // Adds a command and returns it, so that flags can be added.
  Subcommand& Add(Options options);

  const std::vector<std::unique_ptr<Subcommand>>& commands() const {
    return commands_;
  }
  std::string name() const { return app_.get_name(); }

  // Parses the arguments, runs the command and returns what is to be printed.
  // Call it once only, as flags keep their values.
  absl::StatusOr<std::string> Run(const std::vector<std::string>& arguments);

 private:
  const Subcommand* Find(const std::string& name) const;
  std::vector<std::string> CommandNames() const;
  absl::Status UnknownCommand(const std::string& name) const;
  // `flag` as it was typed; `command` may be null.
  absl::Status UnknownFlag(const Subcommand* command,
                           const std::string& flag) const;
  absl::StatusOr<std::string> RunWithoutCommand(
      const std::vector<std::string>& arguments) const;
  absl::StatusOr<std::string> RunCommand(Subcommand& command,
                                         std::vector<std::string> arguments);

  CLI::App app_;
  const std::function<std::string()> version_;
  bool version_wanted_ = false;
  std::vector<std::unique_ptr<Subcommand>> commands_;
};

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_COMMAND_LINE_H_
