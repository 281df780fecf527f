# @NOTE@

# Sets children, flags, valued, kinds and arguments for a command. kinds has a line "OPTION KIND" for each option that
# takes a value; arguments has a kind for each argument, with "..." behind one that takes all further words.
_bgpd_command() {
  children= flags= valued= kinds= arguments=()
  case $1 in
@COMMANDS@
  esac
}

# Prints the command that a word stands for; fails if it stands for none.
_bgpd_child() {
  case "$1 $2" in
@CHILDREN@
    *) return 1 ;;
  esac
}

# Prints the words of a kind, one on each line.
_bgpd_words() {
  local IFS=' '
  case $1 in
    peers) "${words[0]}" show peers --json "${database[@]}" 2>/dev/null | sed -n '@PEERS@' ;;
    families) printf '%s\n' @FAMILIES@ ;;
    # shellcheck disable=SC2086
    words:*) printf '%s\n' ${1#words:} ;;
  esac
}

# Sets COMPREPLY: the words of a kind that begin with what is typed. "files+a b": files, and the words a and b.
_bgpd_reply() {
  local kind=${1%%+*} more= cur=$2 candidate IFS=$'\n'
  [[ $1 == *+* ]] && more="words:${1#*+}"
  COMPREPLY=()
  for candidate in $(_bgpd_words "$kind") $(_bgpd_words "$more"); do
    [[ $candidate == "$cur"* ]] && COMPREPLY+=("$(printf %q "$candidate")")
  done
  case $kind in
    files) COMPREPLY+=($(compgen -f -- "$cur")) && compopt -o filenames 2>/dev/null ;;
    folders) COMPREPLY+=($(compgen -d -- "$cur")) && compopt -o filenames 2>/dev/null ;;
  esac
  # Readline replaces only what stands behind the last colon or equals sign.
  local done=${cur%"${cur##*[:=]}"}
  [[ $COMP_WORDBREAKS == *:* ]] && COMPREPLY=("${COMPREPLY[@]#"$done"}")
}

_bgpd() {
  # The words up to the cursor. COMP_WORDS would break an IPv6 address at each colon. "\ " is part of a word.
  local line=${COMP_LINE:0:COMP_POINT} words database=() blank=$'\x01'
  line=${line//'\ '/$blank}
  read -rd '' -a words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  words=("${words[@]//$blank/ }")
  local cur=${words[-1]} previous=${words[-2]} path=bgpd at=0 i word child kind=
  local children flags valued kinds arguments
  _bgpd_command "$path"
  for ((i = 1; i < ${#words[@]} - 1; i++)); do
    word=${words[i]}
    case $word in
      -c | --config | -d | --database) database=("$word" "${words[i + 1]}") ;;
      --config=* | --database=*) database=("$word") ;;
    esac
    if [[ $word == -* ]]; then
      [[ " $valued " == *" $word "* ]] && ((i++))
    elif ((at == 0)) && child=$(_bgpd_child "$path" "$word"); then
      path="$path $child"
      _bgpd_command "$path"
    else
      ((at++))
    fi
  done
  local last=$((${#arguments[@]} - 1))
  ((last >= 0 && at > last)) && [[ ${arguments[last]} == *... ]] && at=$last
  if [[ " $valued " == *" $previous "* ]]; then
    kind=$(sed -n "s/^$previous //p" <<<"$kinds")
  elif [[ $cur == --*=* ]]; then
    kind=$(sed -n "s/^${cur%%=*} //p" <<<"$kinds")
    cur=${cur#*=}
  elif [[ $cur == -* ]]; then
    kind="words:$flags"
  elif [[ $previous == peer && ${arguments[at]} == words:*peer* ]]; then
    kind=peers
  else
    kind=${arguments[at]%...}
    ((at == 0)) && [[ -n $children ]] && kind="$kind+$children"
  fi
  _bgpd_reply "$kind" "$cur"
}

# Packages also install the program as bgpd-sql.
complete -F _bgpd bgpd bgpd-sql
