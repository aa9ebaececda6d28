#include "tools/robbench/command_line.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "nas/base/name.h"
#include "nas/base/program.h"

namespace robbench {
namespace {

bool IsFlag(const std::string& argument) {
  return argument.size() > 1 && argument[0] == '-';
}

// Returns "--count" for "-count=3".
std::string FlagName(const std::string& argument) {
  const std::string name = argument.substr(0, argument.find('='));
  return name.substr(std::min(name.find_first_not_of('-'), name.size()));
}

// Returns the argument with two dashes. Every flag but -h has more than one
// letter.
std::string WithTwoDashes(const std::string& argument) {
  return argument.size() > 2 && argument[0] == '-' && argument[1] != '-'
             ? "-" + argument
             : argument;
}

std::vector<std::string> WithTwoDashes(
    const std::vector<std::string>& arguments) {
  std::vector<std::string> result;
  bool only_arguments = false;  // after "--"
  for (const std::string& argument : arguments) {
    only_arguments |= argument == "--";
    result.push_back(only_arguments ? argument : WithTwoDashes(argument));
  }
  return result;
}

// Help with the same parts in every version of CLI11: since 2.5 it leaves out
// "Usage:" and fills the lines of a footer like those of a paragraph.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override {
    if (mode == CLI::AppFormatMode::Sub) {
      return CLI::Formatter::make_help(app, name, mode);
    }
    return absl::StrCat(make_description(app), make_usage(app, name),
                        make_positionals(app), make_groups(app, mode),
                        make_subcommands(app, mode), "\n", make_footer(app));
  }

  std::string make_usage(const CLI::App* app, std::string name) const override {
    const std::string usage = CLI::Formatter::make_usage(app, "");
    absl::string_view options = absl::StripAsciiWhitespace(usage);
    absl::ConsumePrefix(&options, "Usage:");
    return absl::StrCat("Usage: ", name, options, "\n");
  }

  std::string make_description(const CLI::App* app) const override {
    const std::string text = CLI::Formatter::make_description(app);
    return absl::StrCat(absl::StripAsciiWhitespace(text), "\n");
  }

  std::string make_footer(const CLI::App* app) const override {
    const std::string text = CLI::Formatter::make_footer(app);
    return absl::StrCat("\n", absl::StripAsciiWhitespace(text), "\n");
  }
};

std::string OrList(const std::vector<std::string>& names) {
  return absl::StrJoin(names, " or ");
}

}  // namespace

bool CommandLine::Subcommand::HasFlag(const std::string& name) const {
  return std::any_of(flags_.begin(), flags_.end(),
                     [&](const FlagInfo& flag) { return flag.name == name; });
}

CommandLine::CommandLine(const std::string& name,
                         std::function<std::string()> version,
                         const std::string& summary, const std::string& footer)
    : app_(summary, name), version_(std::move(version)) {
  app_.formatter(std::make_shared<HelpFormatter>());
  app_.set_help_flag("-h,--help", "print this help; also: help COMMAND");
  app_.add_flag("--version", version_wanted_, "print the version");
  app_.footer(footer);
  app_.require_subcommand(1, 1);
}

CommandLine::Subcommand& CommandLine::Add(Options options) {
  Subcommand& command = *commands_.emplace_back(std::make_unique<Subcommand>());
  command.app_ = app_.add_subcommand(options.name, options.help);
  // Arguments that are left over are refused here, with a hint.
  command.app_->allow_extras();
  command.app_->set_help_flag();
  command.app_->add_flag("-h,--help", command.help_, "print this help");
  if (options.most > 0) {
    command.app_->add_option(options.positional, command.arguments_,
                             options.arguments);
  }
  if (!options.examples.empty()) {
    std::string examples = "\nExamples:";
    for (const std::string& example : options.examples) {
      absl::StrAppend(&examples, "\n  ", app_.get_name(), " ", example);
    }
    command.app_->footer(examples);
  }
  command.options_ = std::move(options);
  return command;
}

const CommandLine::Subcommand* CommandLine::Find(
    const std::string& name) const {
  for (const auto& command : commands_) {
    if (command->name() == name) return command.get();
  }
  return nullptr;
}

std::vector<std::string> CommandLine::CommandNames() const {
  std::vector<std::string> names;
  for (const auto& command : commands_) names.push_back(command->name());
  return names;
}

absl::Status CommandLine::UnknownCommand(const std::string& name) const {
  const std::vector<std::string> names = CommandNames();
  const std::vector<std::string> nearest = NearestNames(name, names);
  return UsageError(absl::StrCat(
      "command: expected one of ", absl::StrJoin(names, ", "), ", found ",
      QuotedName(name),
      nearest.empty() ? "; see --help"
                      : absl::StrCat("; did you mean ", OrList(nearest), "?")));
}

absl::Status CommandLine::UnknownFlag(const Subcommand* command,
                                      const std::string& flag) const {
  const std::string name = FlagName(flag);
  std::vector<std::string> owners;
  for (const auto& other : commands_) {
    if (other->HasFlag(name)) owners.push_back(other->name());
  }
  std::string hint = command == nullptr
                         ? "; see --help"
                         : absl::StrCat("; see help ", command->name());
  if (!owners.empty()) {
    hint = absl::StrCat("; it is a flag of ", absl::StrJoin(owners, ", "));
  } else if (command != nullptr) {
    std::vector<std::string> names;
    for (const FlagInfo& known : command->flags()) names.push_back(known.name);
    const auto nearest = NearestNames(name, names);
    if (!nearest.empty()) {
      hint = absl::StrCat("; did you mean --", nearest[0], "?");
    }
  }
  return UsageError(absl::StrCat(
      command == nullptr
          ? absl::StrCat("a command is required: ",
                         absl::StrJoin(CommandNames(), ", "), "; found only ")
          : absl::StrCat(command->name(), ": unknown flag "),
      QuotedName("--" + name), hint));
}

absl::StatusOr<std::string> CommandLine::RunWithoutCommand(
    const std::vector<std::string>& arguments) const {
  if (arguments.empty()) {
    return UsageError(absl::StrCat(
        "a command is required: ", absl::StrJoin(CommandNames(), ", "),
        "; see --help"));
  }
  std::string text;
  for (const std::string& argument : arguments) {
    if (argument == "--version") {
      text = version_();
    } else if (argument == "--help" || argument == "-h") {
      text = app_.help();
    } else {
      return UnknownFlag(nullptr, argument);
    }
  }
  return text;
}

absl::StatusOr<std::string> CommandLine::RunCommand(
    Subcommand& command, std::vector<std::string> arguments) {
  // "--dataset=" names no data set and means the same as no flag.
  arguments.erase(std::remove_if(arguments.begin(), arguments.end(),
                                 [&](const std::string& argument) {
                                   return absl::EndsWith(argument, "=") &&
                                          command.HasFlag(FlagName(argument));
                                 }),
                  arguments.end());
  // There are no flags behind "--".
  const auto end_of_flags = std::find(arguments.begin(), arguments.end(), "--");
  std::vector<std::string> behind;
  if (end_of_flags != arguments.end()) {
    behind.assign(end_of_flags + 1, arguments.end());
    arguments.erase(end_of_flags, arguments.end());
  }
  arguments.insert(arguments.begin(), command.name());
  std::reverse(arguments.begin(), arguments.end());  // CLI11 wants them so
  try {
    app_.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    return UsageError(absl::StrCat(command.name(), ": ", error.what()));
  }
  for (const std::string& left : command.app_->remaining()) {
    if (IsFlag(left)) return UnknownFlag(&command, left);
    command.arguments_.push_back(left);
  }
  command.arguments_.insert(command.arguments_.end(), behind.begin(),
                            behind.end());
  if (command.help_) return command.app_->help(app_.get_name());
  const size_t found = command.arguments_.size();
  if (found < command.options_.least || found > command.options_.most) {
    return UsageError(absl::StrCat(command.name(), ": expected ",
                                   command.options_.arguments, ", found ",
                                   found, " arguments"));
  }
  return command.options_.run(command.arguments_);
}

absl::StatusOr<std::string> CommandLine::Run(
    const std::vector<std::string>& as_typed) {
  std::vector<std::string> arguments = WithTwoDashes(as_typed);
  if (!arguments.empty() && arguments[0] == "help") {
    arguments.erase(arguments.begin());
    arguments.push_back("--help");
  }
  // The command is the first word that is neither a flag nor a flag's value.
  auto command = arguments.begin();
  for (; command != arguments.end(); ++command) {
    if (IsFlag(*command)) continue;
    if (Find(*command) != nullptr) break;
    const bool may_be_value = command != arguments.begin() &&
                              IsFlag(*(command - 1)) &&
                              !absl::StrContains(*(command - 1), '=');
    if (!may_be_value) return UnknownCommand(*command);
  }
  if (command == arguments.end()) return RunWithoutCommand(arguments);
  const std::string name = *command;
  arguments.erase(command);
  for (const auto& known : commands_) {
    if (known->name() == name) return RunCommand(*known, std::move(arguments));
  }
  return UnknownCommand(name);
}

}  // namespace robbench
