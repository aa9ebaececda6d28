// A program of several commands, each with its own flags and arguments, over
// CLI11:
//
//   CommandLine line("robbench", "Looks at cells ...", "Examples: ...");
//   auto flags = std::make_shared<TopFlags>();
//   line.Add({.name = "top", .arguments = "one METRIC", .least = 1, .most = 1,
//             .help = "the best cells by a metric",
//             .run = [flags](const auto& metrics) { return ...; }})
//       .Flag("count", flags->count, "how many cells");
//   ROBBENCH_ASSIGN_OR_RETURN(const std::string text, line.Run(arguments));
//
// A flag may also stand before its command, and has one dash or two. "help",
// "help COMMAND", -h, --help and --version are known everywhere. All else is a
// usage error (nas/base/program.h) that names what was probably meant: an
// unknown command or flag, another command's flag, a number of arguments.
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

class CommandLine {
 public:
  static constexpr size_t kAnyNumber = std::numeric_limits<size_t>::max();

  struct Options {
    std::string name;
    std::string arguments;  // in words: "two CELLs", "no argument"
    size_t least = 0, most = 0;
    std::string help;
    // What the command prints.
    std::function<absl::StatusOr<std::string>(
        const std::vector<std::string>& arguments)>
        run;
  };

  class Subcommand {
   public:
    // `value` holds the default and must outlive the command line.
    template <typename T>
    Subcommand& Flag(const std::string& name, T& value,
                     const std::string& help) {
      app_->add_option("--" + name, value, help)->capture_default_str();
      flags_.push_back(name);
      return *this;
    }
    Subcommand& Flag(const std::string& name, bool& value,
                     const std::string& help) {
      app_->add_flag("--" + name, value, help);
      flags_.push_back(name);
      return *this;
    }

    // A usage error where both flags are given.
    Subcommand& Exclude(const std::string& flag, const std::string& other) {
      app_->get_option("--" + flag)->excludes(app_->get_option("--" + other));
      return *this;
    }

    const std::string& name() const { return options_.name; }
    const std::vector<std::string>& flags() const { return flags_; }

   private:
    friend class CommandLine;
    Options options_;
    CLI::App* app_ = nullptr;
    bool help_ = false;
    std::vector<std::string> arguments_;
    std::vector<std::string> flags_;
  };

  CommandLine(const std::string& name, const std::string& version,
              const std::string& summary, const std::string& footer);

  Subcommand& Add(Options options);

  const std::vector<std::unique_ptr<Subcommand>>& commands() const {
    return commands_;
  }

  // What is to be printed. Once only: flags keep their values.
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
  const std::string version_;  // "robbench 0.9.0\n"
  bool version_wanted_ = false;
  std::vector<std::unique_ptr<Subcommand>> commands_;
};

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_COMMAND_LINE_H_
