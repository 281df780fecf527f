# @NOTE@

# The command of the line so far: "bgpd show routes". An alias becomes the name of its command.
function __bgpd_command
    set -l tokens (commandline -opc)
    set -l command bgpd
    for token in $tokens[2..-1]
        switch "$command $token"
@CHILDREN@
        end
    end
    echo $command
end

function __bgpd_at
    test (__bgpd_command) = "$argv"
end

# Whether the word before the cursor is this one.
function __bgpd_after
    test (commandline -opc)[-1] = $argv[1]
end

# The names of the peers, from the database that the line names.
function __bgpd_peers
    set -l tokens (commandline -opc)
    set -l database
    for i in (seq 2 (count $tokens))
        switch $tokens[$i]
            case -c --config -d --database
                test $i -lt (count $tokens); and set database $tokens[$i] $tokens[(math $i + 1)]
            case '--config=*' '--database=*'
                set database $tokens[$i]
        end
    end
    $tokens[1] show peers --json $database 2>/dev/null | sed -n @PEERS@
end

function __bgpd_families
    printf '%s\n' @FAMILIES@
end

# Packages also install the program as bgpd-sql.
complete -c bgpd-sql -w bgpd
complete -c bgpd -f
@COMMANDS@
