#compdef svclane
# Completion of svclane for zsh. To load it:  source <(svclane completion zsh)   after compinit,
# or keep it as a file _svclane in a folder of $fpath.
# svclane itself knows what may stand where: it is asked each time, and asks the daemon for at most half a second.

_svclane() {
  local tab=$'\t' program=${words[1]/#\~/$HOME} line
  local -a answer values shown
  local -i directive=4
  answer=("${(@f)$($program __complete -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}") || return 1

  for line in "${answer[@]}"; do
    if [[ $line == :<-> ]]; then
      directive=${line#:}
    elif [[ -n $line ]]; then
      values+=("${line%%$tab*}")
      shown+=("${line/$tab/  -- }")
    fi
  done

  if (( ! $#values )); then
    (( directive & 4 )) && return 1
    [[ $PREFIX == --*=* ]] && compset -P '*='
    _files
    return
  fi
  local -a options
  (( directive & 2 )) && options=(-S '')
  compadd -l "${options[@]}" -d shown -a values
}

if [[ ${funcstack[1]} == _svclane ]]; then
  _svclane "$@"
else
  compdef _svclane svclane
fi
