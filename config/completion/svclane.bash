# Completion of svclane for bash, 3.2 or newer. To load it:  source <(svclane completion bash)
# svclane itself knows what may stand where: it is asked each time, and asks the daemon for at most half a second.

_svclane() {
  # Bash takes : = and @ for ends of words; we do not. What stands together in the line is one word.
  local rest=${COMP_LINE:0:COMP_POINT} words=() word trimmed i
  for ((i = 0; i <= COMP_CWORD; i++)); do
    trimmed=${rest#"${rest%%[![:space:]]*}"}
    word=${COMP_WORDS[i]}
    ((i == COMP_CWORD)) && word=$trimmed
    if ((${#words[@]} > 0)) && [[ $trimmed == "$rest" ]]; then
      words[${#words[@]} - 1]+=$word
    else
      words+=("$word")
    fi
    rest=${trimmed#"$word"}
  done

  local program=${words[0]/#\~/$HOME} current=${words[${#words[@]} - 1]}
  local answer line directive=4
  COMPREPLY=()
  answer=$("$program" __complete -- "${words[@]:1}" 2>/dev/null) || return 0

  # The part of the word that bash takes for words before it.
  local before=$current
  while [[ -n $before && $COMP_WORDBREAKS != *"${before:${#before}-1}"* ]]; do before=${before%?}; done

  while IFS= read -r line; do
    case $line in
      :[0-9]*) directive=${line#:} ;;
      *)
        line=${line%%$'\t'*}
        [[ -n $line && $line == "$current"* ]] && COMPREPLY+=("${line#"$before"}")
        ;;
    esac
  done <<<"$answer"

  if ((directive & 2)); then
    compopt -o nospace 2>/dev/null
  fi
  if ((${#COMPREPLY[@]} == 0 && !(directive & 4))); then
    compopt -o filenames 2>/dev/null
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "${current#"$before"}")
  fi
  return 0
}

complete -F _svclane svclane
