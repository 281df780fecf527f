#compdef bgpd bgpd-sql
# @NOTE@

# The names of the peers, from the database that the line names.
__bgpd_peers() {
  local -a database peers
  local i
  for ((i = 2; i < $#_bgpd_line; i++)); do
    case $_bgpd_line[i] in
      -c|--config|-d|--database) database=($_bgpd_line[i] $_bgpd_line[i+1]) ;;
      --config=*|--database=*) database=($_bgpd_line[i]) ;;
    esac
  done
  peers=(${(f)"$($_bgpd_line[1] show peers --json $database 2>/dev/null | sed -n '@PEERS@')"})
  compadd -a peers
}

# The words of a route; after the word peer, the names of the peers. _arguments passes options of compadd first.
__bgpd_route() {
  if [[ $words[CURRENT-1] == peer ]]; then
    __bgpd_peers
  else
    compadd "$@"
  fi
}

__bgpd_families() {
  local -a families=(@FAMILIES@)
  compadd -a families
}

@COMMANDS@

_bgpd() {
  local -a _bgpd_line=("${(Q)words[@]}")
  _bgpd_main
}

_bgpd "$@"
